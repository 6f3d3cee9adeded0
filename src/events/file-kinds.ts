/**
 * Extensions of what people keep in buckets beside pictures: such objects are never fetched. Only what surely is no
 * picture of a camera: an unknown extension (`.data`, `.bin`, none at all) is worth a look at the first bytes, and so
 * is every picture format, whether we can decode it or not (`.heic`, `.cr2`, `.psd`).
 */
const KINDS = {
  documents: "pdf doc docx docm dot dotx xls xlsx xlsm xlsb xlt ppt pptx pptm pps ppsx odt ods odp odg rtf txt text log md markdown rst tex epub mobi azw azw3 djvu pages numbers wps et ofd vsd vsdx one msg eml ics vcf srt vtt ass nfo ps eps ai svg svgz",
  archives: "zip zipx rar 7z tar gz tgz bz2 tbz tbz2 xz txz zst lz lz4 lzma lzo br z cab arj jar war ear apk aab ipa deb rpm msi dmg iso vhd vhdx vmdk qcow2 ova pkg appimage whl gem crx xpi",
  audio: "mp3 wav wave flac aac m4a m4b ogg oga opus wma aif aiff aifc alac ape amr mid midi mka ac3 dts caf spx",
  video: "mp4 m4v mov avi mkv webm wmv flv f4v mpg mpeg mpe m2v m2ts mts ts vob 3gp 3g2 ogv rm rmvb asf divx mxf m3u8 m3u mpd insv lrv",
  code: "js mjs cjs jsx tsx vue svelte html htm xhtml css scss sass less php asp aspx jsp py pyc pyw ipynb rb go rs c h cc cpp cxx hpp hh cs java class kt kts scala swift m mm dart lua pl pm r jl sql sh bash zsh fish bat cmd ps1 vbs wasm map exe dll so dylib o a lib pdb lock patch diff gradle tf",
  data: "json jsonl ndjson geojson json5 xml xsd xsl xslt plist yaml yml toml ini cfg conf env properties csv tsv parquet avro orc arrow feather h5 hdf5 npy npz mat pkl pickle joblib pt pth ckpt onnx pb tflite safetensors gguf tfrecord db db3 sqlite sqlite3 mdb accdb dbf dump bak rdb wal shp shx prj kml kmz gpx las laz proto thrift aae xmp xmpmeta",
  fonts: "ttf otf ttc woff woff2 eot",
  models3d: "obj fbx stl glb gltf blend 3ds dae ply dwg dxf step stp iges igs usdz skp max",
  keys: "pem crt cer der key p12 pfx jks asc sig gpg md5 sha1 sha256 sha512",
  leftovers: "tmp temp part crdownload swp lnk url torrent ds_store pid",
};

const EXTENSIONS = new Set(Object.values(KINDS).flatMap((list) => list.split(" ")));

/** True where the key's extension says that the object is no picture, or its last character that it is a folder. */
export function isNoPictureByKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name === "" || (name.includes(".") && EXTENSIONS.has(name.slice(name.lastIndexOf(".") + 1).toLowerCase()));
}
