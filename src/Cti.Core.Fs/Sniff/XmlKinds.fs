// Which XML format a source's first bytes show, by its root element: looks for the first start tag, without parsing.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal XmlKinds =
    // Where the first start tag begins: behind the declaration, instructions and comments. -1: none, or a document type declaration first.
    let rec private rootAt (text: string) (from: int) : int =
        let at = text.IndexOf('<', from)

        let behind (mark: string) =
            match text.IndexOf(mark, at, StringComparison.Ordinal) with
            | -1 -> -1
            | found -> rootAt text (found + mark.Length)

        if at < 0 || text.AsSpan(from, at - from).Trim().Length > 0 then
            -1
        else
            let rest = text.AsSpan at

            if rest.StartsWith("<!--".AsSpan(), StringComparison.Ordinal) then
                behind "-->"
            elif rest.StartsWith("<?".AsSpan(), StringComparison.Ordinal) then
                behind "?>"
            elif rest.StartsWith("<!".AsSpan(), StringComparison.Ordinal) then
                -1
            else
                at

    // The root's local name, and its start tag with its namespaces; none where there is none.
    let private root (head: Head) : struct (string * string) voption =
        let at = rootAt head.Text 0

        if at < 0 then
            ValueNone
        else
            let finish = head.Text.IndexOf('>', at)

            let tag =
                head.Text.Substring(at, (if finish < 0 then head.Text.Length else finish) - at)

            let name = tag.Substring(1).Split([| ' '; '\t'; '\r'; '\n'; '/' |])[0]
            ValueSome(struct (name.Substring(name.LastIndexOf ':' + 1), tag))

    let private has (tag: string) (part: string) =
        tag.Contains(part, StringComparison.OrdinalIgnoreCase)

    /// OpenIOC 1.0 or 1.1.
    let isOpenIoc (head: Head) : bool =
        match root head with
        | ValueSome(struct ("OpenIOC", _)) -> true
        | ValueSome(struct ("ioc", tag)) -> has tag "mandiant.com/2010/ioc" || has tag "openioc"
        | _ -> false

    /// STIX 1.x, bare CybOX observables, or a TAXII 1 message around them.
    let isStix1 (head: Head) : bool =
        match root head with
        | ValueSome(struct ("STIX_Package", _)) -> true
        | ValueSome(struct ("Observables", tag)) -> has tag "cybox.mitre.org"
        | ValueSome(struct (("Poll_Response" | "Inbox_Message"), tag)) -> has tag "taxii.mitre.org"
        | _ -> false
