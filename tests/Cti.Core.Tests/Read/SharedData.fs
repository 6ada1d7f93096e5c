// Real feeds beside the repository, where they are at hand.
module Cti.Core.Tests.Read.SharedData

open System
open System.IO
open System.IO.Compression

/// `../shared/data`, if it is there.
let folder: string option =
    let rec root (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder when File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) -> Some folder.FullName
        | folder -> root folder.Parent

    root (DirectoryInfo AppContext.BaseDirectory)
    |> Option.map (fun folder -> Path.GetFullPath(Path.Combine(folder, "..", "shared", "data")))
    |> Option.filter Directory.Exists

/// A row of the manifest.
type Listed =
    {
        File: string
        Format: string
        /// -1 where the manifest counts none.
        Records: int
    }

/// The manifest's rows.
let manifest (folder: string) : Listed list =
    File.ReadAllLines(Path.Combine(folder, "MANIFEST.tsv"))
    |> Array.skip 1
    |> Array.map (fun row -> row.Split '\t')
    |> Array.map (fun row ->
        {
            File = row[0]
            Format = row[5]
            Records =
                match Int32.TryParse row[6] with
                | true, records -> records
                | _ -> -1
        })
    |> Array.toList

/// A file's bytes, unpacked where it is packed.
let bytes (folder: string) (file: string) : byte[] =
    let path = Path.Combine(folder, file)

    if file.EndsWith(".gz", StringComparison.Ordinal) then
        use packed = new GZipStream(File.OpenRead path, CompressionMode.Decompress)
        use target = new MemoryStream()
        packed.CopyTo target
        target.ToArray()
    else
        File.ReadAllBytes path
