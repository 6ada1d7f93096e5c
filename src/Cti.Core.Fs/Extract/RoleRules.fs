// Whether what was found is an indicator or only context: what the report warns of, against what it cites, compares with or runs on. Words and
// structure decide, never the value alone; docs/extract.md tells the rules to people.
namespace Cti.Core

open System
open System.Collections.Generic

/// What a value found in a report is there for.
[<Struct; RequireQualifiedAccess>]
type FindingRole =
    /// The report warns of it.
    | Ioc
    /// Cited, linked, legitimate, reserved, or a technique or vulnerability rather than something to look for.
    | Context

/// What is to become of a match.
[<Struct; RequireQualifiedAccess>]
type internal Judgement =
    | Ioc
    | Context
    /// Context wherever else the value stands in the document: the report says it is legitimate.
    | Legitimate
    /// Not what it looked like.
    | Nothing

/// What stands in one row (a line, a row of a table) beside a match.
[<Flags>]
type internal Company =
    | None = 0
    | Hash = 1
    | Defanged = 2
    /// The report says there that it is not malicious.
    | Excused = 4

[<Sealed; AllowNullLiteral(false)>]
type internal RoleRules(view: ReportView, found: Matches) =
    static let legitimate =
        NameTable.ofTexts [ "legitimate legit benign genuine official authentic" ]

    static let excuses = [| "not inherently malicious"B; "not malicious"B; "non-malicious"B |]

    // Lines and cells that excuse something are short; a paragraph speaks of several things.
    static let longestExcuse = 300

    let text = view.Text
    let word: byte[] = Array.zeroCreate 16
    let mutable hasHeadings = false
    let lower: byte[] = Array.zeroCreate 256

    // Whether a byte lies in one of the marked slices.
    let inMarks (marks: List<int>) (position: int) : bool =
        let found = marks.BinarySearch position
        // An end that is the next start too counts as a start.
        let before = if found >= 0 then found + 1 else ~~~found
        before % 2 = 1

    let at (position: int) : byte =
        if position >= 0 && position < view.Length then
            text[position]
        else
            0uy

    // Whether no word stands beside the match in the block's value.
    let isAlone (block: Block) (start: int) (finish: int) : bool =
        let mutable isAlone = start - block.ValueStart < 24 && block.End - finish < 24
        let mutable position = max block.Start block.ValueStart

        while isAlone && position < start do
            isAlone <-
                not (ByteClass.isWordByte text[position])
                || text[position] >= 0x80uy
                || text[position] = '-'B
                || text[position] = '_'B
                || (text[position] = 'b'B && position = start - 2)

            position <- position + 1

        position <- finish

        while isAlone && position < block.End do
            isAlone <-
                not (ByteClass.isWordByte text[position])
                || text[position] >= 0x80uy
                || text[position] = '-'B
                || text[position] = '_'B

            position <- position + 1

        isAlone

    let isQuoted (start: int) (finish: int) =
        let before = at (start - 1)
        (before = '"'B || before = '\''B || before = '`'B) && at finish = before

    // `open('/tmp/x')`: an argument in a program of the report's author.
    let isArgument (start: int) =
        (at (start - 1) = '"'B || at (start - 1) = '\''B) && at (start - 2) = '('B

    let isLinked (start: int) (finish: int) =
        (at (start - 1) = '('B && at (start - 2) = ']'B)
        || (at finish = '['B && at (start - 1) <> '`'B)
        || (at (start - 1) = '<'B && at finish = '>'B && at (start - 2) = ' 'B)

    // `the legitimate program x.exe`: one of the three words in front says so.
    let isCalledLegitimate (block: Block) (start: int) : bool =
        let mutable at = start
        let mutable words = 0
        let mutable found = false

        while not found && words < 3 && at > block.Start do
            while at > block.Start && not (Text.isLetter text[at - 1]) && start - at < 48 do
                at <- at - 1

            let finish = at

            while at > block.Start && Text.isLetter text[at - 1] && finish - at < 16 do
                at <- at - 1

            for index in at .. finish - 1 do
                word[index - at] <- Text.lower text[index]

            found <- legitimate.Contains(ReadOnlySpan<byte>(word, 0, finish - at))
            words <- if finish = at then 3 else words + 1

        found

    let isOfNetwork (observable: ObservableType) =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.IpPort
        | ObservableType.Domain
        | ObservableType.Url -> true
        | _ -> false

    let lastName (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let separator = value.LastIndexOfAny('\\'B, '/'B)
        let name = value.Slice(separator + 1)
        let size = min name.Length lower.Length

        for index in 0 .. size - 1 do
            lower[index] <- Text.lower name[index]

        ReadOnlySpan<byte>(lower, 0, size)

    let extensionKind (name: ReadOnlySpan<byte>) : ExtensionKind =
        FileExtensions.kindOf (name.Slice(name.LastIndexOf '.'B + 1))

    let isListed (kind: BlockKind) =
        match kind with
        | BlockKind.Item
        | BlockKind.Cell
        | BlockKind.Code -> true
        | _ -> false

    let ioc condition =
        if condition then Judgement.Ioc else Judgement.Context

    // A host, URL or e-mail address written plainly.
    let network (block: Block) (company: Company) (index: int) (isCode: bool) (isLink: bool) : Judgement =
        let start = found.Start index
        let finish = found.End index
        let host = ReportedValue.hostOf (found.Type index) found.Values[index]
        let alone = isAlone block start finish
        let isTitle = block.Kind = BlockKind.Title
        // In a listing of a program a name counts when it is a text of its own.
        let isSet =
            if block.Kind = BlockKind.Code then
                alone || isQuoted start finish
            else
                isCode || isQuoted start finish && at (start - 1) = '`'B

        // What lies on a service for everybody, as an entry of a list of indicators; not where somebody's indicators can be had.
        let isListedAlone =
            alone
            && not isLink
            && block.Section = SectionKind.Indicators
            && isListed block.Kind
            && not (isLinked start finish)

        let isService =
            found.Type index = ObservableType.Url
            && KnownHosts.isService host
            && not (ReportedValue.namesIndicators found.Values[index])

        if found.Has(index, MatchTraits.Doubtful) then
            if
                (alone
                 && (block.Section = SectionKind.Indicators || isTitle)
                 && block.Kind <> BlockKind.Prose
                 && block.Kind <> BlockKind.Heading)
                || (alone && isTitle)
                || (block.Meaning = Meaning.Indicator && alone)
            then
                Judgement.Ioc
            else
                Judgement.Nothing
        elif isTitle then
            ioc alone
        elif isService && isListedAlone then
            Judgement.Ioc
        elif KnownHosts.contains host then
            ioc (
                block.Meaning = Meaning.Indicator
                && alone
                && found.Type index <> ObservableType.Email
                && block.Section <> SectionKind.References
                && block.Kind <> BlockKind.Item
            )
        elif isCalledLegitimate block start || block.Meaning = Meaning.Remark then
            Judgement.Context
        elif isLink || (found.Type index = ObservableType.Url && isLinked start finish) then
            Judgement.Context
        elif isSet || block.Meaning = Meaning.Indicator then
            Judgement.Ioc
        elif block.Section = SectionKind.References then
            Judgement.Context
        elif
            company &&& Company.Defanged <> Company.None
            || company &&& Company.Hash <> Company.None
        then
            Judgement.Ioc
        elif block.Section = SectionKind.Indicators then
            ioc (isListed block.Kind || alone)
        elif block.Kind = BlockKind.Heading then
            Judgement.Context
        else
            let isName = found.Type index <> ObservableType.Url
            ioc (alone && (not hasHeadings || (isName && isListed block.Kind)))

    let file (block: Block) (company: Company) (index: int) (isCode: bool) : Judgement =
        let start = found.Start index
        let finish = found.End index
        let value = found.Values[index]
        let name = lastName value
        let kind = extensionKind name
        let isReference = block.Section = SectionKind.References

        if FileExtensions.isSystem name || isCalledLegitimate block start then
            Judgement.Context
        elif found.Has(index, MatchTraits.Announced) || block.Meaning = Meaning.FileName then
            Judgement.Ioc
        elif found.Type index = ObservableType.FilePath then
            // `FILE = '/tmp/sample.bin'`: where the author of the report keeps it.
            let isUnix = value[0] = '/'B || value[0] = '~'B
            let isDirectory = value[value.Length - 1] = '/'B || value[value.Length - 1] = '\\'B

            ioc (
                not (ReportedValue.isPlainPath value)
                && not isReference
                && not (
                    block.Kind = BlockKind.Code
                    && (isArgument start || (isUnix && isQuoted start finish))
                )
                && not (isDirectory && not (isListed block.Kind))
            )
        elif company &&& Company.Hash <> Company.None then
            ioc (not isReference)
        elif block.Kind = BlockKind.Code && isArgument start then
            Judgement.Context
        else
            match kind with
            | ExtensionKind.Active -> ioc (not isReference)
            | ExtensionKind.Written ->
                ioc (
                    block.Section = SectionKind.Indicators
                    && isListed block.Kind
                    && (block.Meaning = Meaning.Indicator && isAlone block start finish)
                )
            | _ ->
                ioc (
                    not isReference
                    && (isCode
                        || isQuoted start finish
                        || block.Meaning = Meaning.Indicator
                        || (isListed block.Kind
                            && (block.Section = SectionKind.Indicators || isAlone block start finish)))
                )

    /// Whether a block says that what stands in its row is not malicious.
    member _.Excuses(block: Block) : bool =
        let size = block.End - block.Start
        let mutable found = false

        if size >= 13 && size <= longestExcuse then
            let span = ReadOnlySpan<byte>(text, block.Start, size)

            for excuse in excuses do
                found <- found || span.IndexOf(ReadOnlySpan<byte> excuse) >= 0

        found

    /// Begins a document.
    member _.Begin() =
        hasHeadings <- view.Blocks.Exists(fun block -> block.Kind = BlockKind.Heading)

    /// What match `index`, which stands in `block`, is.
    member _.Judge(block: Block, company: Company, index: int) : Judgement =
        let start = found.Start index
        let observable = found.Type index
        let isDefanged = found.Has(index, MatchTraits.Defanged)
        let isCode = inMarks view.CodeMarks start
        let isLink = inMarks view.LinkMarks start

        let isChrome =
            block.Kind = BlockKind.Chrome || (block.Kind = BlockKind.Link && not isDefanged)

        if found.Has(index, MatchTraits.Doubtful) && isChrome then
            Judgement.Nothing
        elif isChrome then
            Judgement.Context
        elif block.Meaning = Meaning.Legitimate then
            Judgement.Legitimate
        elif company &&& Company.Excused <> Company.None && isOfNetwork observable then
            Judgement.Context
        else
            match observable with
            | ObservableType.AttackId
            | ObservableType.Cve -> Judgement.Context
            | ObservableType.Asn ->
                ioc (block.Section = SectionKind.Indicators && isAlone block start (found.End index))
            | ObservableType.Ipv4
            | ObservableType.Ipv6
            | ObservableType.IpPort
            | ObservableType.Cidr ->
                let value = found.Values[index]

                if ReportedValue.isReserved value then
                    Judgement.Context
                elif isDefanged then
                    Judgement.Ioc
                elif
                    observable = ObservableType.Ipv4
                    && ReportedValue.isVersionLike value
                    && not (ReportedValue.isResolver value)
                    && block.Meaning <> Meaning.Indicator
                    && not (isListed block.Kind && isAlone block start (found.End index))
                then
                    Judgement.Nothing
                else
                    ioc (
                        not (ReportedValue.isResolver value)
                        && block.Meaning <> Meaning.Reference
                        && (block.Section <> SectionKind.References || isCode || block.Kind = BlockKind.Code)
                    )
            | ObservableType.Url
            | ObservableType.Domain
            | ObservableType.Email ->
                let host = ReportedValue.hostOf observable found.Values[index]

                if host.Length > 0 && Ipv4.endsInNumber host && ReportedValue.isReserved host then
                    Judgement.Context
                elif
                    ReportedValue.isNameOnly observable found.Values[index]
                    && KnownHosts.isNamed host
                then
                    Judgement.Context
                elif isDefanged then
                    Judgement.Ioc
                elif block.Meaning = Meaning.Reference && not isCode then
                    if found.Has(index, MatchTraits.Doubtful) then
                        Judgement.Nothing
                    else
                        Judgement.Context
                elif host.Length > 0 && Ipv4.endsInNumber host && not isLink then
                    ioc (block.Section <> SectionKind.References)
                else
                    network block company index isCode isLink
            | ObservableType.FileName
            | ObservableType.FilePath -> file block company index isCode
            | ObservableType.RegistryKey -> ioc (block.Section <> SectionKind.References)
            | _ -> Judgement.Ioc
