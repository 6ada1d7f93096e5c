// The `splunk_lookup` output: a lookup of Splunk Enterprise Security's threat intelligence framework (its manual, "Supported types of threat intelligence"), one
// collection a file, under exactly the header that the collection asks for.
namespace Cti.Core

open System

/// Which collection a lookup feeds.
[<Struct; RequireQualifiedAccess>]
type SplunkCollection =
    | Ip
    | Domain
    | Http
    | File
    | Email
    | Registry

[<RequireQualifiedAccess>]
module SplunkCollection =
    let all =
        [|
            SplunkCollection.Ip
            SplunkCollection.Domain
            SplunkCollection.Http
            SplunkCollection.File
            SplunkCollection.Email
            SplunkCollection.Registry
        |]

    /// The name used in YAML.
    let name (collection: SplunkCollection) =
        match collection with
        | SplunkCollection.Ip -> "ip"
        | SplunkCollection.Domain -> "domain"
        | SplunkCollection.Http -> "http"
        | SplunkCollection.File -> "file"
        | SplunkCollection.Email -> "email"
        | SplunkCollection.Registry -> "registry"

    /// The columns between `description` and `weight`.
    let internal columns (collection: SplunkCollection) : string list =
        match collection with
        | SplunkCollection.Ip -> [ "ip" ]
        | SplunkCollection.Domain -> [ "domain" ]
        | SplunkCollection.Http -> [ "http_referrer"; "http_user_agent"; "url" ]
        | SplunkCollection.File -> [ "file_hash"; "file_name" ]
        | SplunkCollection.Email -> [ "src_user"; "subject" ]
        | SplunkCollection.Registry -> [ "registry_path"; "registry_value_name"; "registry_value_text" ]

    /// Which of these columns a type stands in; none: the collection does not hold it.
    let internal place (collection: SplunkCollection) (observable: ObservableType) : int voption =
        match collection, observable with
        | SplunkCollection.Ip, (ObservableType.Ipv4 | ObservableType.Ipv6 | ObservableType.Cidr)
        | SplunkCollection.Domain, ObservableType.Domain
        | SplunkCollection.File,
          (ObservableType.Md5 | ObservableType.Sha1 | ObservableType.Sha256 | ObservableType.Sha512)
        | SplunkCollection.Email, ObservableType.Email
        | SplunkCollection.Registry, ObservableType.RegistryKey -> ValueSome 0
        | SplunkCollection.Http, ObservableType.UserAgent
        | SplunkCollection.File, ObservableType.FileName -> ValueSome 1
        | SplunkCollection.Http, ObservableType.Url -> ValueSome 2
        | _ -> ValueNone

/// How a lookup is written.
type SplunkLookupOptions =
    {
        Collection: SplunkCollection
        /// Of every row, 1 to 100: the higher it is, the more a match adds to a risk score.
        Weight: int
    }

/// The lookup.
[<Sealed; AllowNullLiteral(false)>]
type SplunkLookupRenderer(options: SplunkLookupOptions) =
    static let lineEnd = "\r\n"B
    static let between = "; "B
    let columns = SplunkCollection.columns options.Collection
    let width = columns.Length
    let losses = LossList()
    let cell = Utf8Writer 256
    let last = Utf8Writer 64
    let mutable lastType = ObservableType.Ipv4

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match SplunkCollection.place options.Collection observable with
        | ValueNone -> ValueSome RenderReason.TypeNotHeld
        | ValueSome _ -> CsvText.check value

    // What is said, then the labels.
    let writeDescription (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        cell.Clear()
        cell.Bytes(batch.Remarks.Description row)
        let mutable lead = cell.Length > 0

        for index in 0 .. batch.Labels[row].Count - 1 do
            if lead then
                cell.Bytes(ReadOnlySpan<byte> between)

            lead <- true
            cell.Bytes(batch.Labels[row].Utf8 index)

        if CsvText.isFormula cell.Written then
            RenderLoss.add losses "description" cell.Written LossReason.Approximated

        CsvText.write cell.Written writer

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses

        member _.Holds(field) =
            match field with
            | IndicatorField.Labels
            | IndicatorField.Description -> true
            | IndicatorField.FirstSeen
            | IndicatorField.LastSeen
            | IndicatorField.Confidence
            | IndicatorField.Tlp
            | IndicatorField.References -> false

        member _.Header(_, writer) =
            writer.Text("description," + String.concat "," columns + ",weight")
            writer.Bytes(ReadOnlySpan<byte> lineEnd)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                match SplunkCollection.place options.Collection batch.Type[row] with
                | ValueSome place when
                    (CsvText.check value).IsNone
                    && not (lastType = batch.Type[row] && last.Written.SequenceEqual value)
                    ->
                    lastType <- batch.Type[row]
                    last.Clear()
                    last.Bytes value
                    writeDescription batch row writer

                    for column in 0 .. width - 1 do
                        writer.Byte ','B

                        if column = place then
                            CsvText.write value writer

                    writer.Byte ','B
                    writer.Int(int64 options.Weight)
                    writer.Bytes(ReadOnlySpan<byte> lineEnd)
                | _ -> ()

        member _.Footer(_, _) = ()
