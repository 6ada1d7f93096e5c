// How tests ask the extractor, and what holds for everything it says.
module Cti.Core.Tests.Extract.ExtractFixture

open System
open System.IO
open System.Text
open Xunit
open Cti.Core

/// One finding, for comparison.
type Found =
    {
        Type: string
        Value: string
        Role: FindingRole
        AsWritten: string
        Offset: int
        Line: int64
    }

/// Everything in a document, after checking what every finding promises.
let extractBytes (format: ReportFormat) (document: byte[]) : Found list =
    let findings =
        match Extractor().Document(format, document) with
        | Ok findings -> findings
        | Error error -> failwith error.message

    let source = findings.Source

    [
        for index in 0 .. findings.Count - 1 do
            let offset = findings.Offset index
            let length = findings.Length index
            Assert.InRange(offset, 0, source.Length)
            Assert.InRange(length, 1, source.Length - offset)

            // Canonical values are canonical.
            match Normalise.tryParse (TypeHint.Fixed(findings.Type index)) (findings.ValueText index) with
            | Ok subject -> Assert.Equal(findings.ValueText index, subject.Value)
            | Error error -> failwith $"%s{findings.ValueText index}: %A{error}"

            {
                Type = ObservableType.name (findings.Type index)
                Value = findings.ValueText index
                Role = findings.Role index
                AsWritten = Encoding.UTF8.GetString(source, offset, length)
                Offset = offset
                Line = findings.Line index
            }
    ]

let extract (format: ReportFormat) (document: string) : Found list =
    extractBytes format (Encoding.UTF8.GetBytes document)

/// Types and values alone.
let values (found: Found list) : (string * string) list =
    found |> List.map (fun found -> found.Type, found.Value)

/// The repository's root.
let root =
    let rec above (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith "not in the repository"
        | folder when File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) -> folder.FullName
        | folder -> above folder.Parent

    above (DirectoryInfo AppContext.BaseDirectory)
