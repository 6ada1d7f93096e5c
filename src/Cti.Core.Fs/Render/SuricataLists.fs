// The `suricata_dataset` and `suricata_iprep` outputs: lists that a few rules look values up in, for more indicators than rules can be written for
// (Suricata 7 user guide, "Datasets", "File Keywords: filesha256" and "IP Reputation Format").
namespace Cti.Core

open System
open System.Buffers
open System.Buffers.Text

/// What a dataset holds: one buffer of Suricata's, one type of indicator.
[<Struct; RequireQualifiedAccess>]
type DatasetKind =
    /// For `dns.query`, `tls.sni`, `http.host`; strings.
    | Domain
    /// For `ip.src` and `ip.dst`; both versions.
    | Ip
    /// For `filemd5`; hexadecimal.
    | Md5
    /// For `filesha1`; hexadecimal.
    | Sha1
    /// For `filesha256`; hexadecimal.
    | Sha256
    /// For `ja3.hash`; strings.
    | Ja3
    /// For `http.user_agent`; strings.
    | UserAgent

[<RequireQualifiedAccess>]
module DatasetKind =
    let all =
        [|
            DatasetKind.Domain
            DatasetKind.Ip
            DatasetKind.Md5
            DatasetKind.Sha1
            DatasetKind.Sha256
            DatasetKind.Ja3
            DatasetKind.UserAgent
        |]

    /// The name used in YAML.
    let name (kind: DatasetKind) =
        match kind with
        | DatasetKind.Domain -> "domain"
        | DatasetKind.Ip -> "ip"
        | DatasetKind.Md5 -> "md5"
        | DatasetKind.Sha1 -> "sha1"
        | DatasetKind.Sha256 -> "sha256"
        | DatasetKind.Ja3 -> "ja3"
        | DatasetKind.UserAgent -> "user_agent"

    /// Whether it holds indicators of a type.
    let internal takes (kind: DatasetKind) (observable: ObservableType) =
        match kind, observable with
        | DatasetKind.Domain, ObservableType.Domain
        | DatasetKind.Ip, ObservableType.Ipv4
        | DatasetKind.Ip, ObservableType.Ipv6
        | DatasetKind.Md5, ObservableType.Md5
        | DatasetKind.Sha1, ObservableType.Sha1
        | DatasetKind.Sha256, ObservableType.Sha256
        | DatasetKind.Ja3, ObservableType.Ja3
        | DatasetKind.UserAgent, ObservableType.UserAgent -> true
        | _ -> false

[<RequireQualifiedAccess>]
module internal DatasetText =
    /// Suricata reads lines of 8,191 bytes; four of them stand for three of a string.
    let mostString = 4_096

    let private hex = SearchValues.Create(ReadOnlySpan<byte> "0123456789abcdef"B)

    /// Why a hash of so many hexadecimal digits is none.
    let checkHash (digits: int) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.Length = digits && value.IndexOfAnyExcept hex < 0 then
            ValueNone
        else
            ValueSome RenderReason.NotCanonical

    /// Writes a string as Suricata reads it: base64 (RFC 4648 §4), so that any byte may be in it.
    let writeString (value: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let room = writer.Reserve(Base64.GetMaxEncodedToUtf8Length value.Length)
        let mutable read = 0
        let mutable written = 0
        Base64.EncodeToUtf8(value, room, &read, &written, true) |> ignore
        writer.Advance written

/// One value a line.
[<Sealed; AllowNullLiteral(false)>]
type SuricataDatasetRenderer(kind: DatasetKind) =
    let losses = LossList()

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if not (DatasetKind.takes kind observable) then
            ValueSome RenderReason.TypeNotHeld
        else
            match kind with
            | DatasetKind.Domain -> SensorText.checkName value
            | DatasetKind.Ip -> RuleAddress.check observable value
            | DatasetKind.Md5
            | DatasetKind.Ja3 -> DatasetText.checkHash 32 value
            | DatasetKind.Sha1 -> DatasetText.checkHash 40 value
            | DatasetKind.Sha256 -> DatasetText.checkHash 64 value
            | DatasetKind.UserAgent ->
                if value.IsEmpty then
                    ValueSome RenderReason.NotCanonical
                elif value.Length > DatasetText.mostString then
                    ValueSome RenderReason.TooLong
                else
                    ValueNone

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let value = batch.Value[selected[index]]

                if (check batch.Type[selected[index]] value).IsNone then
                    match kind with
                    | DatasetKind.Domain
                    | DatasetKind.Ja3
                    | DatasetKind.UserAgent -> DatasetText.writeString value writer
                    | DatasetKind.Ip
                    | DatasetKind.Md5
                    | DatasetKind.Sha1
                    | DatasetKind.Sha256 -> writer.Bytes value

                    writer.Byte '\n'B

        member _.Footer(_, _) = ()

/// How a reputation list is written.
type IpRepOptions =
    {
        /// The number of the category in Suricata's categories file, 1 to 59.
        Category: int
    }

[<RequireQualifiedAccess>]
module IpRepOptions =
    /// The first category.
    let defaults = { Category = 1 }

/// `address,category,score` a line; networks too. The score, 1 to 127, is the indicator's confidence, which falls with no time.
[<Sealed; AllowNullLiteral(false)>]
type SuricataIpRepRenderer(options: IpRepOptions) =
    let losses = LossList()

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr -> RuleAddress.check observable value
        | _ -> ValueSome RenderReason.TypeNotHeld

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds field = field = IndicatorField.Confidence
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    writer.Bytes batch.Value[row]
                    writer.Byte ','B
                    writer.Int(int64 options.Category)
                    writer.Byte ','B
                    writer.Int(int64 (max 1 (int batch.Confidence[row] * 127 / 100)))
                    writer.Byte '\n'B

        member _.Footer(_, _) = ()
