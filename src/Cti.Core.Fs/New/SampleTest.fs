// A test out of a sample: its first good records, written so that the same reader takes them, and what becomes of them.
namespace Cti.Core

open System
open System.Text

/// A test of a new pipeline.
type internal SampleTest =
    {
        /// What the source brings.
        Given: string
        /// Every indicator that comes of it, each once.
        Expected: Subject list
        /// The newest time any of them was seen at.
        Seen: Timestamp
    }

[<RequireQualifiedAccess>]
module internal SampleTest =
    let private wanted = 2
    let private looked = 400
    let private mostBytes = 16_384

    // A good record: its text, and the names that stars of the records' path matched.
    type private Good = { Text: string; Keys: string list }

    let private strict = UTF8Encoding(false, true)

    let private tryText (bytes: ReadOnlySpan<byte>) : string voption =
        if bytes.Length > mostBytes || not (Unicode.Utf8.IsValid bytes) then
            ValueNone
        else
            ValueSome(strict.GetString bytes)

    let private starsOf (spec: ReaderSpec) =
        match spec with
        | ReaderSpec.Json dialect -> dialect.Records |> List.filter _.IsEvery |> List.length
        | _ -> 0

    let private bind (reader: Reader) (columns: string list) (map: MapSpec) =
        MapPlan.bind
            map
            (if reader.Columns.Length > 0 then
                 reader.Columns
             else
                 List.toArray columns)

    /// Reads bytes record by record and shows each to `see` with what became of it, until `see` has enough.
    let private walk
        (spec: ReaderSpec)
        (columns: string list)
        (map: MapSpec)
        (screen: ScreenSet)
        (now: Timestamp)
        (bytes: byte[])
        (isWhole: bool)
        (see: RawBatch -> ObservationBatch -> bool)
        =
        let reader = ReaderSpec.reader spec ReaderStart.beginning
        let observer = Observer(map, screen, now, Sightings.Recorded)
        let raw = RawBatch 1
        let observed = ObservationBatch 4
        let mutable bound: BoundMap voption = ValueNone
        let mutable at = 0
        let mutable number = 0
        let mutable going = true

        while going && number < looked do
            raw.Clear()

            let progress = reader.Read(bytes, at, bytes.Length - at, isWhole, 1, raw)
            at <- at + progress.Consumed
            number <- number + raw.Count + raw.Rejections.Count
            going <- not progress.NeedMore || raw.Count > 0

            if raw.Count > 0 then
                if bound.IsNone then
                    match bind reader columns map with
                    | Ok found -> bound <- ValueSome found
                    | Error _ -> going <- false

                match bound with
                | ValueSome bound ->
                    observer.Apply(raw, bound, observed)
                    going <- going && see raw observed
                | ValueNone -> ()

    let private isGood (raw: RawBatch) (observed: ObservationBatch) =
        raw.Rejections.Count = 0
        && observed.Count > 0
        && observed.Rejections.Count = 0
        && observed.Screenings.Count = 0

    /// How many of the head's first records are good.
    let good
        (spec: ReaderSpec)
        (columns: string list)
        (map: MapSpec)
        (screen: ScreenSet)
        (now: Timestamp)
        (head: Head)
        : int =
        let asked = ReaderSpec.withFields (MapTemplate.fieldNames map.Templates) spec
        let mutable count = 0

        walk asked columns map screen now head.Bytes head.IsWhole (fun raw observed ->
            if isGood raw observed then
                count <- count + 1

            true)

        count

    // What stands before the records: the row or the comment that holds the names.
    let private headerOf (spec: ReaderSpec) (columns: string[]) (head: Head) : string =
        match spec with
        | ReaderSpec.Csv({ Header = CsvHeader.FirstRow } as dialect) ->
            let batch = RawBatch 1

            let reader =
                ReaderSpec.reader
                    (ReaderSpec.Csv
                        { dialect with
                            Header = CsvHeader.NoHeader
                        })
                    ReaderStart.beginning

            reader.Read(head.Bytes, 0, head.Bytes.Length, head.IsWhole, 1, batch) |> ignore

            if batch.Count = 0 then
                ""
            else
                RawBatch.TextOf(batch.Record 0, mostBytes) + "\n"
        | ReaderSpec.Csv { Header = CsvHeader.InComment } ->
            let holdsNames (line: string) =
                columns
                |> Array.forall (fun name -> line.Contains(name, StringComparison.OrdinalIgnoreCase))

            let text = Encoding.UTF8.GetString head.Bytes

            match
                text.Split([| "\r\n"; "\n"; "\r" |], StringSplitOptions.None)
                |> Array.tryFind holdsNames
            with
            | Some line -> line + "\n"
            | None -> ""
        | _ -> ""

    let private quotedJson (text: string) = Json.JsonSerializer.Serialize text

    // The records inside the objects and arrays in which the path looks for them.
    let private wrap (records: JsonPath) (keys: string list) (inner: string) : string =
        let rec around (path: JsonPath) (keys: string list) =
            match path, keys with
            | [], _ -> inner
            | JsonStep.Key name :: rest, _ -> $"{{ %s{quotedJson name}: %s{around rest keys} }}"
            | JsonStep.Every :: rest, key :: others when key <> "" ->
                $"{{ %s{quotedJson key}: %s{around rest others} }}"
            | JsonStep.Every :: rest, _ :: others -> $"[ %s{around rest others} ]"
            | JsonStep.Every :: rest, [] -> $"[ %s{around rest []} ]"

        around records keys

    let private given (spec: ReaderSpec) (header: string) (good: Good list) : string =
        let lines = good |> List.map (fun record -> record.Text + "\n")

        match spec, good with
        | ReaderSpec.Json dialect, first :: _ ->
            let records = good |> List.map _.Text |> String.concat ",\n"
            wrap dialect.Records first.Keys $"[\n%s{records}\n]" + "\n"
        | _ -> header + String.concat "" lines

    /// A test that the first records of the head pass; none where no record of it is good.
    let tryMake
        (spec: ReaderSpec)
        (columns: string list)
        (map: MapSpec)
        (screen: ScreenSet)
        (now: Timestamp)
        (head: Head)
        : SampleTest voption =
        let stars = starsOf spec
        let fields = MapTemplate.fieldNames map.Templates
        let keyFields = List.init stars (fun star -> $"@key%d{star + 1}")
        let asked = ReaderSpec.withFields fields spec
        let withKeys = ReaderSpec.withFields (fields @ keyFields) spec
        let good = Collections.Generic.List<Good>()

        walk withKeys columns map screen now head.Bytes head.IsWhole (fun raw observed ->
            if isGood raw observed then
                match tryText (raw.Record 0) with
                | ValueSome text ->
                    good.Add
                        {
                            Text = text
                            Keys =
                                List.init stars (fun star ->
                                    RawBatch.TextOf(raw.Field(0, raw.FieldCount 0 - stars + star), 4096))
                        }
                | ValueNone -> ()

            good.Count < wanted)

        let names =
            let reader = ReaderSpec.reader spec ReaderStart.beginning

            reader.Read(head.Bytes, 0, head.Bytes.Length, head.IsWhole, 1, RawBatch 1)
            |> ignore

            reader.Columns

        let text = given spec (headerOf spec names head) (List.ofSeq good)
        let found = Collections.Generic.List<Subject * Timestamp>()
        let mutable isSound = good.Count > 0

        walk asked columns map screen now (Encoding.UTF8.GetBytes text) true (fun raw observed ->
            isSound <- isSound && isGood raw observed

            for row in 0 .. observed.Count - 1 do
                found.Add(
                    {
                        Type = observed.Type[row]
                        Value = observed.Value.Text row
                    },
                    observed.EventTime[row]
                )

            true)

        if isSound && found.Count > 0 then
            ValueSome
                {
                    Given = text
                    Expected = found |> Seq.map fst |> Seq.distinct |> Seq.sortBy _.Value |> List.ofSeq
                    Seen = found |> Seq.map snd |> Seq.max
                }
        else
            ValueNone
