// How the place a source's bytes come from is written in YAML: `from`.
namespace Cti.Core.Declare

[<RequireQualifiedAccess>]
module internal OriginDecoder =
    let decoder: Decoder<Origin> =
        Decode.union
            "a kind of source"
            "type"
            [
                Decode.case
                    "file"
                    "Files on this machine"
                    (block {
                        let! paths =
                            Field.required
                                "path"
                                "a path or glob, or a list of them, relative to this file"
                                (Decode.oneOrMany "path" Decode.path)

                        and! compression =
                            Field.defaulted
                                "compression"
                                "auto looks at the file's first bytes"
                                Words.compression
                                Compression.Auto

                        return
                            Origin.File
                                {
                                    Paths = paths
                                    Compression = compression
                                }
                    })
            ]
