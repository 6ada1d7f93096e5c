// The files of a MISP feed: how an event's file follows what holds and when it is made anew, the manifest, and the hashes.
module Cti.Core.Tests.MispFeedFileTests

open System
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.MispCoreFormat

let private printer =
    MispPrinter
        {
            Info = "Indicators"
            Organisation = "Example Org"
            OrganisationId = ValueNone
            Threat = MispThreat.Undefined
            Tags = []
            Parts = 1
        }

/// The attributes of an event's file: id, whether deleted, seconds.
let private attributesOf (file: string) =
    use document = JsonDocument.Parse file

    [
        for attribute in document.RootElement.GetProperty("Event").GetProperty("Attribute").EnumerateArray() do
            text attribute "uuid", attribute.GetProperty("deleted").GetBoolean(), int64 (text attribute "timestamp")
    ]

let private head tlp : MispEventHead =
    {
        Id = printer.EventId("2026-01-02", tlp, 0)
        Date = "2026-01-02"
        Info = printer.EventInfo("2026-01-02", 0)
        Tlp = tlp
    }

/// Merges what holds (number of an indicator and what is said of it) into a file.
let private mergeInto (before: string) (holds: (int * string) list) (now: int64) : string * MispMerge =
    let fresh = MispAttributeList()

    for number, said in holds do
        fresh.Add(
            Uuid.op_Implicit (uint32 number),
            ReadOnlySpan<byte>(Encoding.UTF8.GetBytes $"\"value\":\"%s{said}\"}}")
        )

    let target = Utf8Writer 64

    let about =
        if List.isEmpty holds then
            ValueNone
        else
            ValueSome(head Tlp.Clear)

    let merged =
        MispEventFile(printer)
            .Merge((head Tlp.Clear).Id, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes before), fresh, about, now, target)

    target.ToString(), merged

[<Fact>]
let ``what is gone stays as deleted, what comes back is there again, what is the same is not touched`` () =
    let first, made = mergeInto "" [ 1, "a"; 2, "b" ] 100L
    Assert.True made.IsChanged
    let again, same = mergeInto first [ 2, "b"; 1, "a" ] 200L
    Assert.False same.IsChanged
    Assert.Equal(100L, same.Seconds)
    Assert.Equal(first, again)
    let less, gone = mergeInto first [ 1, "a" ] 200L
    Assert.Equal((1, 1, 200L), (gone.Held, gone.Deleted, gone.Seconds))

    Assert.Equal<_ list>(
        [ false, 100L; true, 200L ],
        attributesOf less |> List.map (fun (_, deleted, time) -> deleted, time)
    )

    let still, kept = mergeInto less [ 1, "a" ] 300L
    Assert.False kept.IsChanged
    Assert.Equal(less, still)
    let back, _ = mergeInto less [ 1, "a"; 2, "b" ] 300L

    Assert.Equal<_ list>(
        [ false, 100L; false, 300L ],
        attributesOf back |> List.map (fun (_, deleted, time) -> deleted, time)
    )

    let empty, none = mergeInto back [] 400L
    Assert.Equal((0, 2), (none.Held, none.Deleted))
    // What it says of itself it goes on saying.
    Assert.Contains("\"date\":\"2026-01-02\"", empty)

let private state =
    Gen.zip (Gen.choose (1, 6)) (Gen.elements [ "a"; "b" ])
    |> Gen.listOf
    |> Gen.map (List.distinctBy fst)

[<Fact>]
let ``an event's file holds what holds, and everything else it ever held as deleted; times only grow`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.nonEmptyListOf state)) (fun states ->
            let mutable file = ""
            let mutable ever = Set.empty
            let mutable last = 0L
            let mutable now = 1000L

            // An event begins when there is something in it.
            for holds in List.skipWhile List.isEmpty states do
                // The clock may stand still.
                now <- now + int64 (holds.Length % 2)
                let content, merged = mergeInto file holds now
                let found = attributesOf content

                let id (number: int) =
                    Uuid.toText (Uuid.op_Implicit (uint32 number))

                let wanted = holds |> List.map (fst >> id) |> Set.ofList
                ever <- Set.union ever wanted

                let held =
                    found
                    |> List.filter (fun (_, deleted, _) -> not deleted)
                    |> List.map (fun (id, _, _) -> id)

                let gone =
                    found
                    |> List.filter (fun (_, deleted, _) -> deleted)
                    |> List.map (fun (id, _, _) -> id)

                Assert.Equal<Set<string>>(wanted, Set.ofList held)
                Assert.Equal<Set<string>>(Set.difference ever wanted, Set.ofList gone)
                Assert.Equal(merged.IsChanged, content <> file)
                Assert.True(merged.Seconds > last || not merged.IsChanged)
                last <- merged.Seconds
                file <- content)
    )

[<Theory>]
[<InlineData("2026-01-08", true)>]
[<InlineData("2026-01-09", false)>]
let ``that it was seen again is told after a week, so that an event may rest`` (day: string, rests: bool) =
    let said (day: string) =
        $"x\",\"last_seen\":\"%s{day}T00:00:00.000000+00:00\",\"Tag\":\"y"

    let first, _ = mergeInto "" [ 1, said "2026-01-02" ] 100L
    let content, merged = mergeInto first [ 1, said day ] 200L
    Assert.Equal(rests, not merged.IsChanged)
    Assert.Equal(rests, (content = first))
    // Anything else is told at once.
    let _, other = mergeInto first [ 1, (said day).Replace("y", "z") ] 200L
    Assert.True other.IsChanged

[<Fact>]
let ``a file that somebody spoilt is made anew`` () =
    let first, _ = mergeInto "" [ 1, "a"; 2, "b" ] 100L
    let lines = first.Split '\n'

    for spoilt in
        [
            "not json"
            "{\"Event\":{}}"
            first.Substring(0, first.Length / 2)
            first.Replace("\"deleted\":false", "\"deleted\":null")
            String.Join('\n', Array.rev lines)
            first + first
        ] do
        let content, merged = mergeInto spoilt [ 1, "a"; 2, "b" ] 200L
        Assert.True merged.IsChanged
        Assert.Equal(2, merged.Held)

        Assert.Equal<string list>(
            attributesOf first |> List.map (fun (id, _, _) -> id),
            attributesOf content
            |> List.filter (fun (_, deleted, _) -> not deleted)
            |> List.map (fun (id, _, _) -> id)
        )

[<Fact>]
let ``a manifest is read as it was written, and another one is not ours`` () =
    let ids = [ Uuid.op_Implicit 1u; Uuid.op_Implicit 7u ]
    let manifest = MispManifest()

    for id in ids do
        manifest.Add(id, 100L, ReadOnlySpan<byte> "\"info\":\"x\""B)

    let bytes = manifest.Finish().ToArray()
    JsonDocument.Parse(ReadOnlyMemory<byte> bytes).Dispose()

    match MispManifest.TryRead(ReadOnlySpan<byte> bytes) with
    | ValueSome found -> Assert.Equal<Uuid seq>(ids, found)
    | ValueNone -> Assert.Fail "not read"

    let empty = MispManifest().Finish().ToArray()
    Assert.True((MispManifest.TryRead(ReadOnlySpan<byte> empty)).IsSome)

    for foreign in
        [
            ""
            "{}"
            "[]"
            "{\n\"x\":1\n}\n"
            Encoding.UTF8.GetString(bytes).Replace("\n}", "")
        ] do
        Assert.True((MispManifest.TryRead(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes foreign))).IsNone, foreign)

[<Fact>]
let ``hashes are the MD5 sums of values, of a service one for each part`` () =
    let writer = Utf8Writer 64
    let event = Uuid.op_Implicit 1u
    printer.WriteHashes(ObservableType.IpPort, ReadOnlySpan<byte> "[2001:db8::1]:80"B, event, writer)
    printer.WriteHashes(ObservableType.Domain, ReadOnlySpan<byte> "a.example"B, event, writer)

    let sum (value: string) =
        Convert.ToHexStringLower(Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes value))

    Assert.Equal<string>(
        [
            for value in [ "2001:db8::1"; "80"; "a.example" ] do
                $"%s{sum value},%s{Uuid.toText event}"
            ""
        ],
        writer.ToString().Split '\n'
    )
