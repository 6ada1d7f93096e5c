// Properties of things as STIX object paths (STIX 2.1 §6, §9.7), and what a comparison with each of them asks for: shared by the formats that
// are older than STIX 2 (OpenIOC, CybOX). Knows no format.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal StixPaths =
    let parent = "file:parent_directory_ref.path"
    let fileName = "file:name"
    let fileSize = "file:size"
    let processName = "process:image_ref.name"
    let processFolder = "process:image_ref.parent_directory_ref.path"
    let commandLine = "process:command_line"
    let registryKey = "windows-registry-key:key"
    let registryName = "windows-registry-key:values[*].name"
    let registryData = "windows-registry-key:values[*].data"
    let destination = "network-traffic:dst_ref.value"
    let destinationPort = "network-traffic:dst_port"
    let source = "network-traffic:src_ref.value"
    let sourcePort = "network-traffic:src_port"
    let protocol = "network-traffic:protocols[*]"

    let userAgent =
        "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*]"

    let referer =
        "network-traffic:extensions.'http-request-ext'.request_header.Referer[*]"

    let requestHost =
        "network-traffic:extensions.'http-request-ext'.request_header.Host[*]"

    let requestMethod = "network-traffic:extensions.'http-request-ext'.request_method"
    let requestValue = "network-traffic:extensions.'http-request-ext'.request_value"
    let url = "url:value"
    let domain = "domain-name:value"
    let mutexName = "mutex:name"
    let sender = "email-message:from_ref.value"

    let private textOf value = CriterionValue.Text value

    /// A text property that is no observable by itself.
    let text (path: string) (test: CriterionTest) (value: string) : Criterion =
        Criterion.compare path test (textOf value)

    let private isExact (test: CriterionTest) = test = CriterionTest.Is

    // The parts of a text that may be found in a longer one: a value that fulfils the condition itself.
    let private mayBePart (test: CriterionTest) =
        match test with
        | CriterionTest.Contains
        | CriterionTest.StartsWith
        | CriterionTest.EndsWith -> true
        | _ -> false

    /// A text property whose exact value is an observable.
    let observed (observable: ObservableType) (path: string) (test: CriterionTest) (value: string) : Criterion =
        let asks = text path test value

        if isExact test then
            Criterion.Observable(observable, value, asks)
        else
            asks

    // As above, and a whole value that only has to be contained fulfils the condition.
    let private included
        (isWhole: bool)
        (observable: ObservableType)
        (path: string)
        (test: CriterionTest)
        (value: string)
        : Criterion =
        let asks = text path test value

        if isExact test then
            Criterion.Observable(observable, value, asks)
        elif isWhole && mayBePart test then
            Criterion.Including(observable, value, asks)
        else
            asks

    /// A sum of a file's content. A text as long as a sum cannot be a part of another one.
    let hash (observable: ObservableType) (test: CriterionTest) (value: string) : Criterion =
        let name =
            match observable with
            | ObservableType.Md5 -> "MD5"
            | ObservableType.Sha1 -> "'SHA-1'"
            | ObservableType.Sha256 -> "'SHA-256'"
            | ObservableType.Sha512 -> "'SHA-512'"
            | ObservableType.Ssdeep -> "SSDEEP"
            | _ -> "TLSH"

        let isWhole = WholeValue.hash value = ValueSome observable

        let test = if isWhole && mayBePart test then CriterionTest.Is else test

        observed observable $"file:hashes.%s{name}" test value

    /// A DNS name; an address where one is said to be looked up.
    let name (test: CriterionTest) (value: string) : Criterion =
        match WholeValue.address value with
        | ValueSome observable -> included true observable domain test value
        | ValueNone -> included (WholeValue.isDomain value) ObservableType.Domain domain test value

    /// An address at one end of a connection.
    let addressAt (path: string) (test: CriterionTest) (value: string) : Criterion =
        match WholeValue.address value with
        | ValueSome ObservableType.Cidr when isExact test ->
            Criterion.Observable(ObservableType.Cidr, value, text path CriterionTest.Within value)
        | ValueSome observable -> included true observable path test value
        | ValueNone when WholeValue.isDomain value -> included true ObservableType.Domain path test value
        | ValueNone -> text path test value

    /// An address as such.
    let address (test: CriterionTest) (value: string) : Criterion =
        match WholeValue.address value with
        | ValueSome ObservableType.Ipv6 -> addressAt "ipv6-addr:value" test value
        | ValueSome ObservableType.Cidr when value.Contains ':' -> addressAt "ipv6-addr:value" test value
        | ValueSome _ -> addressAt "ipv4-addr:value" test value
        | ValueNone when isExact test -> observed ObservableType.Ipv4 "ipv4-addr:value" test value
        | ValueNone -> text "ipv4-addr:value" test value

    /// A URL, a part of one, or a host that stands in it.
    let urlOrPart (test: CriterionTest) (value: string) : Criterion =
        if WholeValue.isUrl value then
            included true ObservableType.Url url test value
        elif isExact test && value.StartsWith '/' then
            text requestValue test value
        else
            match WholeValue.address value with
            | ValueSome observable -> included true observable url test value
            | ValueNone when WholeValue.isDomain value -> included true ObservableType.Domain url test value
            // As it came: what may be a URL without its scheme is for the rules of URLs to judge.
            | ValueNone when isExact test && value.Contains '/' && not (value.Contains ' ') ->
                Criterion.Observable(ObservableType.Url, value, text url test value)
            | ValueNone -> text url test value

    /// An e-mail address in a header.
    let emailIn (path: string) (test: CriterionTest) (value: string) : Criterion =
        included (WholeValue.isEmail value) ObservableType.Email path test value

    let private lastSeparator (path: string) = path.LastIndexOfAny [| '\\'; '/' |]

    /// The whole path of a file: STIX keeps its folder and its name apart, so a part of the path may lie in either or across both.
    let fullPathIn (folder: string) (name: string) (test: CriterionTest) (value: string) : Criterion =
        let at = lastSeparator value
        let before = if at < 0 then "" else value.Substring(0, at)
        let behind = value.Substring(at + 1)

        // A condition on the name that holds for every name is none.
        let across folderTest nameTest =
            if behind = "" then
                text folder folderTest before
            else
                Criterion.All [ text folder folderTest before; text name nameTest behind ]

        match test with
        | CriterionTest.Is when at < 0 -> text name test value
        | CriterionTest.Is when at = 0 || (at = 2 && value[1] = ':') ->
            Criterion.All [ text folder test (value.Substring(0, at + 1)); text name test behind ]
        | CriterionTest.Is -> across CriterionTest.Is CriterionTest.Is
        | CriterionTest.Contains when at < 0 -> Criterion.Any [ text folder test value; text name test value ]
        | CriterionTest.Contains ->
            Criterion.Any
                [
                    across CriterionTest.EndsWith CriterionTest.StartsWith
                    text folder test value
                ]
        | CriterionTest.StartsWith when at < 0 -> text folder test value
        | CriterionTest.StartsWith ->
            Criterion.Any [ across CriterionTest.Is CriterionTest.StartsWith; text folder test value ]
        | CriterionTest.EndsWith when at < 0 -> text name test value
        | CriterionTest.EndsWith -> across CriterionTest.EndsWith CriterionTest.Is
        // An expression over the whole path cannot be cut in two.
        | _ -> Criterion.Unknown

    /// The whole path of a file.
    let fullPath (test: CriterionTest) (value: string) : Criterion =
        let asks = fullPathIn parent fileName test value

        if isExact test && WholeValue.isAbsolutePath value then
            Criterion.Observable(ObservableType.FilePath, value, asks)
        else
            asks

    /// A key of the registry, from its hive on or only a part of it.
    let key (test: CriterionTest) (value: string) : Criterion =
        let asks = text registryKey test value

        if isExact test && WholeValue.isRegistryKey value then
            Criterion.Observable(ObservableType.RegistryKey, value, asks)
        else
            asks

    /// A host by its name; one without a dot is none of the DNS.
    let hostname (test: CriterionTest) (value: string) : Criterion =
        if value.Contains '.' then
            name test value
        else
            text domain test value

    /// A number; texts that are none have no counterpart.
    let number (path: string) (test: CriterionTest) (value: string) : Criterion =
        let trimmed = value.Trim()

        let parsed, found =
            if trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase) then
                Int64.TryParse(
                    trimmed.AsSpan 2,
                    Globalization.NumberStyles.AllowHexSpecifier,
                    Globalization.CultureInfo.InvariantCulture
                )
            else
                Int64.TryParse(
                    trimmed,
                    Globalization.NumberStyles.AllowLeadingSign,
                    Globalization.CultureInfo.InvariantCulture
                )

        match test with
        | CriterionTest.Is
        | CriterionTest.Above
        | CriterionTest.AtLeast
        | CriterionTest.Below
        | CriterionTest.AtMost when parsed -> Criterion.compare path test (CriterionValue.Whole found)
        // Of a number a whole one is contained in itself only, as far as anybody means it.
        | CriterionTest.Contains when parsed -> Criterion.compare path CriterionTest.Is (CriterionValue.Whole found)
        | _ -> Criterion.Unknown

    /// The number of an autonomous system, `AS64500` or `64500`.
    let asn (test: CriterionTest) (value: string) : Criterion =
        let digits =
            if value.StartsWith("AS", StringComparison.OrdinalIgnoreCase) then
                value.Substring 2
            else
                value

        match number "autonomous-system:number" test digits with
        | Criterion.Compare _ as asks when isExact test ->
            Criterion.Observable(ObservableType.Asn, "AS" + digits.Trim(), asks)
        | other -> other

    /// A point in time.
    let time (path: string) (test: CriterionTest) (value: string) : Criterion =
        match test, Timestamp.tryParse (value.Trim()) with
        | (CriterionTest.Is | CriterionTest.Above | CriterionTest.AtLeast | CriterionTest.Below | CriterionTest.AtMost),
          ValueSome time -> Criterion.compare path test (CriterionValue.Time time)
        | _ -> Criterion.Unknown
