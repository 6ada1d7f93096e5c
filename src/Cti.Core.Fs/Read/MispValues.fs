// The observables in an attribute's value, by its type, and by the ports that its object has beside its address. Knows neither times nor labels.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Which attributes become records.
[<Struct; RequireQualifiedAccess>]
type MispDetection =
    /// Those marked for detection (`to_ids`); all others are kept as objects.
    | Marked
    /// All that hold an observable; those not marked get the label `misp:ids="false"`.
    | Any

/// How MISP documents are read.
type MispDialect =
    {
        Detection: MispDetection
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module MispDialect =
    /// Marked attributes only; an event, which has to fit in memory, has at most 64 MiB.
    let standard =
        {
            Detection = MispDetection.Marked
            Limits =
                { ReadLimits.standard with
                    MaxRecordBytes = 67_108_864
                }
        }

/// One end of the connections that a MISP object tells of.
[<Sealed; AllowNullLiteral(false)>]
type private MispEnd() =
    member val Ports = List<byte[]>()
    /// How many of its addresses are observables.
    member val Addresses = 0 with get, set

    /// Whether it is plain which port belongs to which address: several of both could be any pairs.
    member this.IsPlain =
        this.Ports.Count > 0 && (this.Ports.Count = 1 || this.Addresses = 1)

    member this.Clear() =
        this.Ports.Clear()
        this.Addresses <- 0

/// Adds the values of attributes to a record. One per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal MispValues(detection: MispDetection, fields: MispFields, losses: MispLosses, record: StandardRecord) =
    static let suricata = "suricata"B
    static let portType = "port"B
    static let sourceAddress = "ip-src"B
    static let targetAddress = "ip-dst"B
    static let source = "src"B
    // Objects with more are tables of something else.
    static let mostPorts = 64

    let tree = fields.Tree
    let joined = Utf8Writer 64
    // Of the object whose attributes are read.
    let from = MispEnd()
    let towards = MispEnd()

    let lose (batch: RawBatch) (kind: ReadOnlySpan<byte>) (part: string) (node: int) (reason: LossReason) =
        losses.OfAttribute(batch, kind, part, node, reason)

    // `src-port`, `src_port`, as templates of objects call it; any other port is of the end that is reached.
    let endOfPort (relation: int) =
        if
            tree.IsText relation
            && (tree.Raw relation).StartsWith(ReadOnlySpan<byte> source)
        then
            from
        else
            towards

    let isTaken (members: MispMembers) =
        detection = MispDetection.Any || fields.IsTrue members.ToIds

    let isAddress (text: ReadOnlySpan<byte>) =
        match MispTypes.addressType text with
        | ObservableType.Ipv4
        | ObservableType.Ipv6 -> text.Length > 0
        | _ -> false

    // What was deleted is told again with its object only.
    let noteAttribute (node: int) (isDeleted: bool) =
        let members = MispMembers.Of(tree, node)

        if tree.Is(members.Kind, portType) then
            let ports = (endOfPort members.Relation).Ports
            let text = (fields.Text members.Value).Trim ' 'B

            let port = text.ToArray()

            if
                Text.readPort text > 0
                && ports.Count < mostPorts
                && (isDeleted || not (fields.IsTrue members.Deleted))
            then
                ports.Add port
        elif isTaken members && isAddress (fields.Text members.Value) then
            if tree.Is(members.Kind, sourceAddress) then
                from.Addresses <- from.Addresses + 1
            elif tree.Is(members.Kind, targetAddress) then
                towards.Addresses <- towards.Addresses + 1

    let endOfAddress (kind: ReadOnlySpan<byte>) =
        if kind.SequenceEqual(ReadOnlySpan<byte> sourceAddress) then
            from
        else
            towards

    // `[2001:db8::1]:80`, `192.0.2.1:80`.
    let addEndpoint (address: ReadOnlySpan<byte>) (port: ReadOnlySpan<byte>) =
        joined.Clear()
        let isVersion6 = address.Contains ':'B && address[0] <> '['B

        if isVersion6 then
            joined.Byte '['B

        joined.Bytes address

        if isVersion6 then
            joined.Byte ']'B

        joined.Byte ':'B
        joined.Bytes port
        record.Add(ObservableType.IpPort, joined.Written)

    let addPart
        (batch: RawBatch)
        (kind: ReadOnlySpan<byte>)
        (node: int)
        (reason: LossReason)
        (part: MispPart)
        (text: ReadOnlySpan<byte>)
        =
        match part with
        | MispPart.Observable known -> record.Add(known, text)
        | MispPart.Address -> record.Add(MispTypes.addressType text, text)
        | MispPart.Host -> record.Add(MispTypes.hostType text, text)
        | MispPart.File -> record.Add(MispTypes.fileType text, text)
        | MispPart.WebAddress when MispTypes.isWebAddress text -> record.Add(ObservableType.Url, text)
        | MispPart.Catalogue when MispTypes.isCve text -> record.Add(ObservableType.Cve, text)
        | MispPart.WebAddress
        | MispPart.Catalogue -> lose batch kind ".value" node reason
        | MispPart.Port
        | MispPart.Other ->
            if text.Length > 0 then
                lose batch kind ".value" node LossReason.Approximated

    // A value of two parts: a file's name may hold a bar, what stands before a port or a registry's value does not.
    let addPair
        (batch: RawBatch)
        (kind: ReadOnlySpan<byte>)
        (text: ReadOnlySpan<byte>)
        (node: int)
        (reason: LossReason)
        (first: MispPart)
        (second: MispPart)
        =
        let bar =
            if first = MispPart.File then
                text.LastIndexOf '|'B
            else
                text.IndexOf '|'B

        if bar < 0 then
            addPart batch kind node reason first text
        else
            let left = text.Slice(0, bar).Trim ' 'B
            let right = text.Slice(bar + 1).Trim ' 'B

            match second with
            | MispPart.Port when first = MispPart.Address && left.Length > 0 && right.Length > 0 ->
                addEndpoint left right
            | _ ->
                addPart batch kind node reason first left
                addPart batch kind node reason second right

    let addRule (members: MispMembers) (text: ReadOnlySpan<byte>) (language: ObservableType) =
        // The object template for Suricata's rules has an attribute of the type `snort`.
        let isSuricata =
            language = ObservableType.SnortRule && tree.Is(members.Relation, suricata)

        record.Add((if isSuricata then ObservableType.SuricataRule else language), text)

    // What an object says of its address in an attribute of its own is one observable with it.
    let addAddress (batch: RawBatch) (kind: ReadOnlySpan<byte>) (text: ReadOnlySpan<byte>) (node: int) reason =
        let place = endOfAddress kind

        if place.IsPlain && isAddress text then
            for port in place.Ports do
                addEndpoint text (ReadOnlySpan<byte> port)
        else
            addPart batch kind node reason MispPart.Address text

    // A port is no observable, and no loss either where its object's address has it.
    let isCarriedPort (kind: ReadOnlySpan<byte>) (members: MispMembers) (text: ReadOnlySpan<byte>) =
        kind.SequenceEqual(ReadOnlySpan<byte> portType)
        && (let place = endOfPort members.Relation
            place.IsPlain && place.Addresses > 0 && Text.readPort (text.Trim ' 'B) > 0)

    /// Begins the attributes of the MISP object `owner`; -1: of none. What one of them says of another is known before they are read.
    member _.Open(owner: int) : unit =
        from.Clear()
        towards.Clear()
        let list = tree.Member(owner, MispName.attribute)
        let isDeleted = fields.IsTrue(tree.Member(owner, MispName.deleted))

        if fields.HasItems list then
            let mutable child = list + 1

            while child < tree.After list do
                noteAttribute child isDeleted
                child <- tree.After child

    /// Adds the values of an attribute of a type. `reason`: what not being carried comes to.
    member _.Add
        (batch: RawBatch, members: MispMembers, kind: ReadOnlySpan<byte>, text: ReadOnlySpan<byte>, reason: LossReason)
        : unit =
        let isMarked = fields.IsTrue members.ToIds

        match MispTypes.form kind with
        | MispForm.Context when isCarriedPort kind members text -> ()
        | MispForm.Context -> lose batch kind ".value" members.Value reason
        | MispForm.Unknown -> lose batch kind ".value" members.Value LossReason.UnknownKind
        // Those without a mark are references (MispContext).
        | MispForm.Link when not isMarked -> ()
        | MispForm.Link
        | MispForm.Pattern _
        | MispForm.Parts _ when not (isTaken members) -> lose batch kind ".to_ids" members.Value reason
        | MispForm.Link -> record.Add(ObservableType.Url, text)
        | MispForm.Pattern language -> addRule members text language
        | MispForm.Parts [| MispPart.Address |] -> addAddress batch kind text members.Value reason
        | MispForm.Parts [| only |] -> addPart batch kind members.Value reason only text
        | MispForm.Parts parts -> addPair batch kind text members.Value reason parts[0] parts[1]
