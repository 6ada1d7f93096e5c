// Where real feeds are, if they are at hand: `../shared/data` beside the repository.
module Cti.Core.Tests.Read.RealData

open System
open System.IO

let folder: string option =
    let rec root (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder when File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) -> Some folder.FullName
        | folder -> root folder.Parent

    root (DirectoryInfo AppContext.BaseDirectory)
    |> Option.map (fun folder -> Path.GetFullPath(Path.Combine(folder, "..", "shared", "data")))
    |> Option.filter Directory.Exists

/// Files of the manifest whose format begins with a text, with their number of records; empty where there is no data.
let files (format: string) : (string * string) list =
    match folder with
    | None -> []
    | Some folder ->
        File.ReadAllLines(Path.Combine(folder, "MANIFEST.tsv"))
        |> Seq.map (fun line -> line.Split '\t')
        |> Seq.filter (fun cells -> cells[5].StartsWith(format, StringComparison.Ordinal))
        |> Seq.map (fun cells -> Path.Combine(folder, cells[0]), cells[6])
        |> List.ofSeq
