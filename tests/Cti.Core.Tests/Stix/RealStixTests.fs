// Real STIX 2 files, where they are at hand: read by their format and by `auto`, with balanced books, every object kept byte for byte.
module Cti.Core.Tests.Stix.RealStixTests

open System
open System.Text.Json
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Read
open Cti.Core.Tests.Stix.StixFixture

/// Every object of a document, as another reader of JSON finds it.
let private objectsOf (bytes: byte[]) : string list =
    use document = JsonDocument.Parse bytes

    let list =
        match document.RootElement.ValueKind with
        | JsonValueKind.Array -> document.RootElement
        | _ -> document.RootElement.GetProperty "objects"

    [ for item in list.EnumerateArray() -> item.GetRawText() ]

type RealStix(output: ITestOutputHelper) =
    let files =
        lazy
            (match SharedData.folder with
             | None -> []
             | Some folder ->
                 SharedData.manifest folder
                 |> List.filter (fun listed -> listed.Format.StartsWith("STIX 2", StringComparison.Ordinal))
                 |> List.map (fun listed -> listed, SharedData.bytes folder listed.File))

    let auto =
        ReaderSpec.Auto
            {
                Recogniser = Sniffer.recogniser
                Fields = []
                Only = ValueNone
            }

    [<Fact>]
    member _.``Every STIX file of the shared feeds is read, by its format and by auto, with balanced books``() =
        if files.Value.IsEmpty then
            output.WriteLine "skipped: no shared data beside the repository"
        else
            Assert.True(files.Value.Length > 35)

            for listed, bytes in files.Value do
                let declared = observe (ReaderSpec.Rich(StixFormat())) bytes
                let found = observe auto bytes

                output.WriteLine
                    $"%s{listed.File}: %d{listed.Records} listed, %d{declared.Foreign} objects, %d{declared.Observations} observations, %d{declared.Screened} screened, %d{declared.Letters.Length} letters"

                Assert.StartsWith("read as { type: stix }", found.Sentence)
                Assert.Equal((declared.Observations, declared.Foreign), (found.Observations, found.Foreign))
                Assert.True(declared.Foreign * 100 >= listed.Records * 95, listed.File)

                let reading = declared.Letters |> List.filter _.Stage.IsRead |> List.map _.Message

                Assert.Equal<string list>([], reading)
                // What cannot be used is a handful of the publishers' own mistakes.
                Assert.True(
                    declared.Letters.Length * 20 <= max 20 declared.Observations,
                    $"%s{listed.File}: %A{declared.Letters |> List.truncate 5}"
                )

    [<Fact>]
    member _.``Every object of the shared feeds is kept byte for byte``() =
        for _, bytes in files.Value do
            let outcome =
                readWith (StixFormat().Reader ReaderStart.beginning) bytes 1_000_000 100_000

            Assert.Equal<string list>(objectsOf bytes, outcome.Objects |> List.map _.Text)
