// A format that a source may have, judged by reading the first bytes in it: how many of its records hold observables.
namespace Cti.Core

open System
open System.Text

/// The first bytes of a source.
type internal Head =
    {
        Bytes: byte[]
        /// No bytes follow.
        IsWhole: bool
        /// The same as text, for looking around: one character per byte.
        Text: string
        /// Its lines, the last one only where it is whole; at most 2,000.
        Lines: string[]
        /// The fields a mapping asks for.
        Fields: string list
    }

/// A format that was tried.
[<NoComparison>]
type internal Judged =
    {
        Reader: ReaderSpec
        Fields: FieldGuess list
        /// Records read and rejected.
        Records: int
        /// Records of which at least one field of observables holds one.
        Hits: int
        /// Records that were not rejected.
        Sound: int
    }

[<RequireQualifiedAccess>]
module internal Head =
    let private mostLines = 2_000

    let create (bytes: ReadOnlyMemory<byte>) (isWhole: bool) (fields: string list) : Head =
        let bytes =
            if bytes.Span.StartsWith(ReadOnlySpan<byte>([| 0xEFuy; 0xBBuy; 0xBFuy |])) then
                bytes.Slice(3).ToArray()
            else
                bytes.ToArray()

        // A last line that goes on behind the head says less than it seems to.
        let ending =
            if isWhole then
                bytes.Length
            else
                match Array.LastIndexOf(bytes, '\n'B) with
                | -1 -> bytes.Length
                | last -> last + 1

        let bytes = Array.sub bytes 0 ending
        let text = Encoding.Latin1.GetString bytes

        {
            Bytes = bytes
            IsWhole = isWhole
            Text = text
            Lines =
                text.Split([| "\r\n"; "\n"; "\r" |], StringSplitOptions.RemoveEmptyEntries)
                |> Array.truncate mostLines
            Fields = fields
        }

[<RequireQualifiedAccess>]
module internal Judged =
    let private mostRecords = 400
    let private mostSamples = 200

    /// The records of the head in a format: the columns' names, each record's fields, and how many were rejected.
    let read (spec: ReaderSpec) (head: Head) : string[] * string[][] * int =
        let reader = ReaderSpec.reader spec ReaderStart.beginning
        let batch = RawBatch 64
        let records = Collections.Generic.List<string[]>()
        let mutable rejected = 0
        let mutable at = 0
        let mutable going = true

        while going do
            batch.Clear()

            let progress =
                reader.Read(head.Bytes, at, head.Bytes.Length - at, head.IsWhole, mostRecords, batch)

            at <- at + progress.Consumed

            for record in 0 .. batch.Count - 1 do
                records.Add(
                    Array.init (batch.FieldCount record) (fun field ->
                        RawBatch.TextOf(batch.Field(record, field), 4096).Trim())
                )

            rejected <- rejected + batch.Rejections.Count
            going <- not progress.NeedMore && records.Count + rejected < mostRecords

        reader.Columns, records.ToArray(), rejected

    let private items (cell: string) : string[] = cell.Split(char RawBatch.ListSeparator)

    /// Reads the head in a format and asks every field what it holds.
    let ofReader (head: Head) (spec: ReaderSpec) : Judged =
        let names, records, rejected = read spec head

        let width =
            max names.Length (records |> Array.fold (fun width record -> max width record.Length) 0)

        let samples =
            List.init width (fun column ->
                {
                    Name = if column < names.Length then names[column] else ""
                    Number = column + 1
                    Values =
                        records
                        |> Seq.filter (fun record -> column < record.Length)
                        |> Seq.collect (fun record -> items record[column])
                        |> Seq.filter (fun item -> item <> "")
                        |> Seq.truncate mostSamples
                        |> Seq.toArray
                })

        let fields = samples |> List.map FieldGuessing.guess |> FieldGuessing.settle samples

        let values =
            fields |> List.filter _.Role.IsValue |> List.map (fun field -> field.Number - 1)

        let hits =
            records
            |> Array.filter (fun record ->
                values
                |> List.exists (fun column ->
                    column < record.Length
                    && items record[column]
                       |> Array.exists (fun item -> (SampleValue.typeOf item).IsSome)))

        {
            Reader = spec
            Fields = fields
            Records = records.Length + rejected
            Hits = hits.Length
            Sound = records.Length
        }

    /// Share of the records that hold an observable.
    let share (judged: Judged) : float =
        if judged.Records = 0 then
            0.0
        else
            float judged.Hits / float judged.Records

    /// Whether it has every field a mapping asks for by name.
    let hasFields (head: Head) (judged: Judged) : bool =
        head.Fields
        |> List.forall (fun name -> judged.Fields |> List.exists (fun field -> field.Name = name))
