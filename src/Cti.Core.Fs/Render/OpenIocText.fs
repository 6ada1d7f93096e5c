// The `openioc` output: one OpenIOC 1.1 document (<http://openioc.org/schemas/OpenIOC_1.1>) that says OR over all indicators, for endpoint tools of
// Mandiant's and FireEye's kind.
namespace Cti.Core

open System
open System.Text

/// How a document is written.
type OpenIocOptions =
    {
        /// What it is called; the document's id follows from it.
        Title: string
    }

/// How one value is told: which term it is compared under.
[<Struct>]
type private OpenIocTerm =
    {
        Document: string
        Search: string
        /// `mir` for what a host holds, `network`, `email`.
        Context: string
        /// Type of the content: `md5`, `IP`, `string`, `int`.
        Content: string
    }

/// Indicators in the order given: runs of plain values in one OR, a value of several parts (an address and its port, a mutex, which OpenIOC knows as
/// a handle of a kind) in an AND of its own.
[<Sealed; AllowNullLiteral(false)>]
type OpenIocRenderer(options: OpenIocOptions) =
    static let item document search context content : OpenIocTerm voption =
        ValueSome
            {
                Document = document
                Search = search
                Context = context
                Content = content
            }

    static let file search content =
        item "FileItem" $"FileItem/%s{search}" "mir" content

    static let remoteAddress = item "PortItem" "PortItem/remoteIP" "mir" "IP"
    static let remotePort = item "PortItem" "PortItem/remotePort" "mir" "int"

    static let handle name =
        item "ProcessItem" $"ProcessItem/HandleList/Handle/%s{name}" "mir" "string"

    // What OpenIOC has no term for is none; of a value of two parts the first one.
    static let termOf (observable: ObservableType) : OpenIocTerm voption =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.IpPort -> remoteAddress
        | ObservableType.Domain -> item "Network" "Network/DNS" "network" "string"
        | ObservableType.Url -> item "Network" "Network/URI" "network" "string"
        | ObservableType.UserAgent -> item "Network" "Network/UserAgent" "network" "string"
        | ObservableType.Email -> item "Email" "Email/From" "email" "string"
        | ObservableType.Md5 -> file "Md5sum" "md5"
        | ObservableType.Sha1 -> file "Sha1sum" "sha1"
        | ObservableType.Sha256 -> file "Sha256sum" "sha256"
        | ObservableType.FileName -> file "FileName" "string"
        | ObservableType.FilePath -> file "FullPath" "string"
        | ObservableType.Mutex -> handle "Type"
        | ObservableType.RegistryKey -> item "RegistryItem" "RegistryItem/Path" "mir" "string"
        | ObservableType.Mac -> item "ArpEntryItem" "ArpEntryItem/PhysicalAddress" "mir" "string"
        | ObservableType.SnortRule -> item "Snort" "Snort/Snort" "network" "string"
        | ObservableType.YaraRule -> item "Yara" "Yara/Yara" "yara" "string"
        | _ -> ValueNone

    static let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if (termOf observable).IsNone then
            ValueSome RenderReason.TypeNotHeld
        elif value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif not (XmlText.canHold value) then
            ValueSome RenderReason.UnsafeText
        elif observable = ObservableType.IpPort && (Stix.parts observable value).IsNone then
            ValueSome RenderReason.NotCanonical
        else
            ValueNone

    // What we compare letter by letter and the tools that read OpenIOC do not.
    static let isCaseSensitive (observable: ObservableType) =
        match observable with
        | ObservableType.FileName
        | ObservableType.FilePath
        | ObservableType.Mutex
        | ObservableType.RegistryKey
        | ObservableType.UserAgent -> true
        | _ -> false

    static let uuid (space: Uuid) (name: string) = Uuid5.ofText space name
    let document = uuid Namespace.single $"openioc:%s{options.Title}"
    let losses = LossList()
    // Whether the OR of a run of plain values is open.
    let mutable isOpen = false

    let text (value: string) (writer: Utf8Writer) = writer.Text value

    let foreign (value: string) (writer: Utf8Writer) =
        XmlText.write (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes value)) writer

    let attributeId (id: Uuid) (writer: Utf8Writer) =
        text " id=\"" writer
        Uuid.write id writer
        text "\"" writer

    let startBranch (operator: string) (id: Uuid) (writer: Utf8Writer) =
        text $"      <Indicator operator=\"%s{operator}\"" writer
        attributeId id writer
        text ">\n" writer

    let endBranch (writer: Utf8Writer) = text "      </Indicator>\n" writer

    let closeRun (writer: Utf8Writer) =
        if isOpen then
            endBranch writer
            isOpen <- false

    // A run is named after its first item.
    let openRun (first: Uuid) (writer: Utf8Writer) =
        if not isOpen then
            startBranch "OR" (uuid first "openioc-run") writer
            isOpen <- true

    // Rules are carried, not compared; the commonest writers say `contains` of them.
    let conditionOf (observable: ObservableType) =
        match observable with
        | ObservableType.SnortRule
        | ObservableType.YaraRule -> "contains"
        | _ -> "is"

    let writeItem (id: Uuid) (condition: string) (term: OpenIocTerm) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        text "        <IndicatorItem" writer
        attributeId id writer
        text $" condition=\"%s{condition}\" preserve-case=\"false\" negate=\"false\">\n" writer

        text
            $"          <Context document=\"%s{term.Document}\" search=\"%s{term.Search}\" type=\"%s{term.Context}\" />\n"
            writer

        text $"          <Content type=\"%s{term.Content}\">" writer
        XmlText.write value writer
        text "</Content>\n        </IndicatorItem>\n" writer

    let writePair
        (id: Uuid)
        (first: OpenIocTerm)
        (value: ReadOnlySpan<byte>)
        (second: OpenIocTerm)
        (other: ReadOnlySpan<byte>)
        (writer: Utf8Writer)
        =
        closeRun writer
        startBranch "AND" (uuid id "openioc-pair") writer
        writeItem id "is" first value writer
        writeItem (uuid id "openioc-second") "is" second other writer
        endBranch writer

    let mutant = "Mutant"B

    let writeRow (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let observable = batch.Type[row]
        let value = batch.Value[row]
        let id = batch.Id[row]

        match termOf observable, observable with
        | ValueNone, _ -> ()
        | ValueSome term, ObservableType.IpPort ->
            (match Stix.parts observable value with
             | ValueSome parts ->
                 let colon = value.LastIndexOf ':'B

                 writePair
                     id
                     term
                     (value.Slice(parts.Start, parts.Length))
                     remotePort.Value
                     (value.Slice(colon + 1))
                     writer
             | ValueNone -> ())
        | ValueSome term, ObservableType.Mutex ->
            writePair id term (ReadOnlySpan<byte> mutant) (handle "Name").Value value writer
        | ValueSome term, _ ->
            openRun id writer
            writeItem id (conditionOf observable) term value writer

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false

        member _.Header(context, writer) =
            text
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<OpenIOC xmlns=\"http://openioc.org/schemas/OpenIOC_1.1\""
                writer

            attributeId document writer
            text " last-modified=\"" writer
            Timestamp.writeMillis context.Now writer
            text "\" published-date=\"" writer
            Timestamp.writeMillis context.Now writer
            text "\">\n  <metadata>\n    <short_description>" writer
            foreign options.Title writer
            text "</short_description>\n    <authored_by>Cti.Pipelines</authored_by>\n    <authored_date>" writer
            Timestamp.writeMillis context.Now writer
            text "</authored_date>\n    <links />\n  </metadata>\n  <criteria>\n    <Indicator operator=\"OR\"" writer
            attributeId (uuid document "openioc-criteria") writer
            text ">\n" writer

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    writeRow batch row writer

                    if isCaseSensitive batch.Type[row] then
                        RenderLoss.add losses "IndicatorItem.preserve-case" batch.Value[row] LossReason.Approximated

        member _.Footer(_, writer) =
            closeRun writer
            text "    </Indicator>\n  </criteria>\n  <parameters />\n</OpenIOC>\n" writer
