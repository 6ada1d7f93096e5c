// Paths as texts: relative to a file that may lie in another folder. Knows `/`, `.` and `..`; looks at no disk.
namespace Cti.Core.Declare


[<RequireQualifiedAccess>]
module RelativePath =
    let private isRooted (path: string) =
        path.StartsWith '/' || (path.Length > 1 && path[1] = ':')

    // `a/../b` is `b`; a step up from a wildcard stays, as nobody knows what it stands for.
    let private shorten (parts: string list) =
        let step (kept: string list) (part: string) =
            match part, kept with
            | ".", _ -> kept
            | "..", last :: rest when last <> ".." && last.IndexOfAny [| '*'; '?' |] < 0 -> rest
            | _ -> part :: kept

        parts |> List.fold step [] |> List.rev

    /// The folder of a file, "" where it has none: `common/x.yaml` lies in `common`.
    let folder (file: string) : string =
        match file.LastIndexOf '/' with
        | -1 -> ""
        | 0 -> "/"
        | at -> file.Substring(0, at)

    /// Without `.`, and without steps that lead up again.
    let normalise (path: string) : string =
        path.Split '/' |> List.ofArray |> shorten |> String.concat "/"

    /// A path written in `file`, as seen from where `file`'s own path begins. Unchanged where it is rooted, or where `file`
    /// lies there itself.
    let from (file: string) (path: string) : string =
        match folder file with
        | "" -> path
        | _ when isRooted path -> path
        | folder -> normalise (folder.TrimEnd '/' + "/" + path)
