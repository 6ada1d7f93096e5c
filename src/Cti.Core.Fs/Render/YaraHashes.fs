// The `yara_hashes` output: a YARA rule for each hash of a file, through YARA's module `hash`. A rule is named after its type and hash, so no name
// can come twice; rules whose hashes begin alike lean on one private rule, so that a file meets a few comparisons and not one for each rule.
namespace Cti.Core

open System

/// The rules. What is said of an indicator stands in `meta`.
[<Sealed; AllowNullLiteral(false)>]
type YaraHashesRenderer() =
    static let header = "import \"hash\"\n"B
    // Digits that the rules of one group have in common: 256 groups of each type at most.
    static let shared = 2
    static let privateRule = "\nprivate rule cti_"B
    static let rule = "\nrule cti_"B
    static let groupInfix = "_group_"B
    static let meta = " {\n  meta:\n    confidence = "B
    static let tlp = "\n    tlp = "B
    static let firstSeen = "\n    first_seen = \""B
    static let lastSeen = "\"\n    last_seen = \""B
    static let closeQuote = "\"\n"B
    static let condition = "  condition:\n    cti_"B
    static let conditionOnly = " {\n  condition:\n    hash."B
    static let andHash = " and hash."B
    static let startsWith = "(0, filesize) startswith \""B
    static let equals = "(0, filesize) == \""B
    static let close = "\"\n}\n"B
    static let md5 = "md5"B
    static let sha1 = "sha1"B
    static let sha256 = "sha256"B
    let losses = LossList()
    // In canonical order hashes that begin alike stand together within their type, and equal ones side by side.
    let lastGroups = [| Utf8Writer 16; Utf8Writer 16; Utf8Writer 16 |]
    let last = Utf8Writer 64
    let cell = Utf8Writer 256

    let place (observable: ObservableType) =
        match observable with
        | ObservableType.Md5 -> 0
        | ObservableType.Sha1 -> 1
        | _ -> 2

    let word (observable: ObservableType) =
        match observable with
        | ObservableType.Md5 -> md5
        | ObservableType.Sha1 -> sha1
        | _ -> sha256

    let bytes (value: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> value)

    let writeMeta (field: string) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if value.Length > 0 then
            let shown = Utf8Text.cut value YaraRuleText.Longest

            if shown.Length < value.Length then
                RenderLoss.add losses $"meta.%s{field}" value LossReason.TooLarge

            writer.Text "    "
            writer.Text field
            writer.Text " = "
            YaraRuleText.write shown writer
            writer.Byte '\n'B

    let writeNames (field: string) (names: NameSet) (writer: Utf8Writer) =
        if names.Count > 0 then
            cell.Clear()

            for index in 0 .. names.Count - 1 do
                if index > 0 then
                    cell.Bytes(ReadOnlySpan<byte> ", "B)

                cell.Bytes(names.Utf8 index)

            writeMeta field cell.Written writer

    let writeReferences (list: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable rest = list

        while rest.Length > 0 do
            let one = References.first rest
            writeMeta "reference" (one.Slice(one.IndexOf '\t'B + 1)) writer
            rest <- References.behind rest

    let writeGroup (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let known = lastGroups[place observable]
        let start = value.Slice(0, shared)

        if not (known.Written.SequenceEqual start) then
            known.Clear()
            known.Bytes start
            bytes privateRule writer
            bytes (word observable) writer
            bytes groupInfix writer
            writer.Bytes start
            bytes conditionOnly writer
            bytes (word observable) writer
            bytes startsWith writer
            writer.Bytes start
            bytes close writer

    let writeRule (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let observable = batch.Type[row]
        let value = batch.Value[row]
        bytes rule writer
        bytes (word observable) writer
        writer.Byte '_'B
        writer.Bytes value
        bytes meta writer
        writer.Int(int64 batch.Confidence[row])
        bytes tlp writer
        writer.Byte '"'B
        writer.Text(Tlp.name batch.Tlp[row])
        writer.Byte '"'B
        bytes firstSeen writer
        Timestamp.writeExact batch.FirstSeen[row] writer
        bytes lastSeen writer
        Timestamp.writeExact batch.LastSeen[row] writer
        bytes closeQuote writer
        writeNames "labels" batch.Labels[row] writer
        writeNames "sources" batch.Sources[row] writer
        writeMeta "description" (batch.Remarks.Description row) writer
        writeReferences (batch.Remarks.References row) writer
        bytes condition writer
        bytes (word observable) writer
        bytes groupInfix writer
        writer.Bytes(value.Slice(0, shared))
        bytes andHash writer
        bytes (word observable) writer
        bytes equals writer
        writer.Bytes value
        bytes close writer

    interface IRenderer with
        member _.CanHold(observable, value) = HashText.check observable value
        member _.Losses = losses
        member _.Holds _ = true
        member _.Header(_, writer) = bytes header writer

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if
                    (HashText.check batch.Type[row] value).IsNone
                    && not (last.Written.SequenceEqual value)
                then
                    last.Clear()
                    last.Bytes value
                    writeGroup batch.Type[row] value writer
                    writeRule batch row writer

        member _.Footer(_, _) = ()
