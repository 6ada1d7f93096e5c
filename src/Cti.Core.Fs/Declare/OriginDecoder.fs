// How the place a source's bytes come from is written in YAML: `from`.
namespace Cti.Core.Declare

[<RequireQualifiedAccess>]
module internal OriginDecoder =
    let private text = Decode.literal Literal.text

    let private memberFaults (origin: Origin) =
        match origin with
        | Origin.File {
                          Member = Some _
                          Compression = Compression.None | Compression.Gzip | Compression.Zst
                      } ->
            [
                [ Step.Key "member" ],
                Fault.Conflict(
                    "`member` chooses entries of a zip archive, but another compression is declared",
                    "write `compression: zip`, or remove `member`"
                )
            ]
        | _ -> []

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
                                (Decode.oneOrMany "path" text)

                        and! compression =
                            Field.defaulted
                                "compression"
                                "auto looks at the file's first bytes"
                                Words.compression
                                Compression.Auto

                        and! entries =
                            Field.optional
                                "member"
                                "which entries of a zip archive to read, by `*` and `?`; all of them by default"
                                text

                        return
                            Origin.File
                                {
                                    Paths = paths
                                    Compression = compression
                                    Member = entries
                                }
                     }
                     |> Field.check memberFaults)
            ]
