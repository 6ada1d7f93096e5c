// The terms of OpenIOC: what Mandiant's, FireEye's and others' vocabularies name (`FileItem/Md5sum`), and which property of STIX each is. Terms
// that STIX has no property for have no counterpart here either. Terms are compared without regard to case: writers spell them differently.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal OpenIocTerms =
    let private pe = "file:extensions.'windows-pebinary-ext'."
    let private service = "process:extensions.'windows-service-ext'."

    // What a value compared in a certain way asks for.
    type private Rule = CriterionTest -> string -> Criterion

    // The relay stands somewhere in a line of the header.
    let private receivedFrom: Rule =
        fun test value ->
            let path = "email-message:received_lines[*]"

            if test <> CriterionTest.Is then
                StixPaths.text path test value
            else
                match StixPaths.addressAt path test value with
                | Criterion.Observable(observable, value, _) ->
                    Criterion.Observable(observable, value, StixPaths.text path CriterionTest.Contains value)
                | _ -> StixPaths.text path CriterionTest.Contains value

    let private terms: Collections.Generic.Dictionary<string, Rule> =
        let rules: (string * Rule) list =
            [
                "fileitem/filename", StixPaths.observed ObservableType.FileName StixPaths.fileName
                "fileitem/filepath", StixPaths.text StixPaths.parent
                "fileitem/fullpath", StixPaths.fullPath
                "fileitem/sizeinbytes", StixPaths.number StixPaths.fileSize
                "fileitem/created", StixPaths.time "file:ctime"
                "fileitem/modified", StixPaths.time "file:mtime"
                "fileitem/accessed", StixPaths.time "file:atime"
                "fileitem/peinfo/petimestamp", StixPaths.time (pe + "time_date_stamp")
                "fileitem/peinfo/sections/numberofsections", StixPaths.number (pe + "number_of_sections")
                "fileitem/peinfo/sections/section/name", StixPaths.text (pe + "sections[*].name")
                "fileitem/peinfo/importhash", StixPaths.text (pe + "imphash")
                "driveritem/drivername", StixPaths.text StixPaths.fileName
                "moduleitem/modulename", StixPaths.text StixPaths.fileName
                "prefetchitem/applicationfilename", StixPaths.text StixPaths.fileName
                "network/dns", StixPaths.name
                "dnsentryitem/host", StixPaths.name
                "dnsentryitem/recordname", StixPaths.name
                "dnsentryitem/recorddata/host", StixPaths.name
                "dnsentryitem/recorddata/ipv4address", StixPaths.address
                "dnsentryitem/recorddata/ipv6address", StixPaths.address
                "cookiehistoryitem/hostname", StixPaths.name
                "formhistoryitem/hostname", StixPaths.name
                "urlhistoryitem/hostname", StixPaths.name
                "network/uri", StixPaths.urlOrPart
                "urlhistoryitem/url", StixPaths.urlOrPart
                "filedownloadhistoryitem/sourceurl", StixPaths.urlOrPart
                "formhistoryitem/formsubmiturl", StixPaths.urlOrPart
                "network/useragent", StixPaths.observed ObservableType.UserAgent StixPaths.userAgent
                "network/http_referrer", StixPaths.text StixPaths.referer
                "network/httpmethod", StixPaths.text StixPaths.requestMethod
                "portitem/remoteip", StixPaths.addressAt StixPaths.destination
                "portitem/remoteport", StixPaths.number StixPaths.destinationPort
                "portitem/localip", StixPaths.addressAt StixPaths.source
                "portitem/localport", StixPaths.number StixPaths.sourcePort
                "portitem/protocol",
                (fun test value -> StixPaths.text StixPaths.protocol test (value.ToLowerInvariant()))
                "routeentryitem/destination", StixPaths.address
                "routeentryitem/gateway", StixPaths.address
                "arpentryitem/ipv4address", StixPaths.address
                "arpentryitem/ipv6address", StixPaths.address
                "arpentryitem/physicaladdress", StixPaths.observed ObservableType.Mac "mac-addr:value"
                "systeminfoitem/mac", StixPaths.observed ObservableType.Mac "mac-addr:value"
                "registryitem/path", StixPaths.key
                "registryitem/keypath", StixPaths.key
                "registryitem/hive",
                (fun test value ->
                    StixPaths.text
                        StixPaths.registryKey
                        (if test = CriterionTest.Is then
                             CriterionTest.StartsWith
                         else
                             test)
                        value)
                "registryitem/valuename", StixPaths.text StixPaths.registryName
                "registryitem/text", StixPaths.text StixPaths.registryData
                "registryitem/value", StixPaths.text StixPaths.registryData
                "registryitem/modified", StixPaths.time "windows-registry-key:modified_time"
                "persistenceitem/regpath", StixPaths.key
                "persistenceitem/regtext", StixPaths.text StixPaths.registryData
                "persistenceitem/regvalue", StixPaths.text StixPaths.registryName
                "email/from", StixPaths.emailIn StixPaths.sender
                "email/return-path", StixPaths.text "email-message:additional_header_fields.'Return-Path'[*]"
                "email/to", StixPaths.text "email-message:to_refs[*].value"
                "email/cc", StixPaths.text "email-message:cc_refs[*].value"
                "email/bcc", StixPaths.text "email-message:bcc_refs[*].value"
                "email/subject", StixPaths.text "email-message:subject"
                "email/body", StixPaths.text "email-message:body"
                "email/date", StixPaths.time "email-message:date"
                "email/content-type", StixPaths.text "email-message:content_type"
                "email/in-reply-to", StixPaths.text "email-message:additional_header_fields.'In-Reply-To'[*]"
                "email/references", StixPaths.text "email-message:additional_header_fields.References[*]"
                "email/attachment/name", StixPaths.text "email-message:body_multipart[*].body_raw_ref.name"
                "email/attachment/mimetype", StixPaths.text "email-message:body_multipart[*].content_type"
                "email/attachment/sizeinbytes", StixPaths.number "email-message:body_multipart[*].body_raw_ref.size"
                "email/receivedfromip", receivedFrom
                "email/receivedfromhost", receivedFrom
                "processitem/name", StixPaths.text StixPaths.processName
                "processitem/path",
                (fun test value ->
                    // The folder with or without the program: what ends in a name with a dot is the program's whole path.
                    let separator = value.LastIndexOfAny [| '\\'; '/' |]

                    if separator >= 0 && value.IndexOf('.', separator) > 0 then
                        StixPaths.fullPathIn StixPaths.processFolder StixPaths.processName test value
                    else
                        StixPaths.text StixPaths.processFolder test value)
                "processitem/arguments", StixPaths.text StixPaths.commandLine
                "processitem/pid", StixPaths.number "process:pid"
                "processitem/parentpid", StixPaths.number "process:parent_ref.pid"
                "processitem/starttime", StixPaths.time "process:created_time"
                "processitem/username", StixPaths.text "process:creator_user_ref.account_login"
                "serviceitem/name", StixPaths.text (service + "service_name")
                "serviceitem/descriptivename", StixPaths.text (service + "display_name")
                "serviceitem/description", StixPaths.text (service + "descriptions[*]")
                "serviceitem/path", StixPaths.text StixPaths.commandLine
                "serviceitem/arguments", StixPaths.text StixPaths.commandLine
                "serviceitem/servicedll", StixPaths.text (service + "service_dll_refs[*].name")
                "useritem/username", StixPaths.text "user-account:account_login"
                "useritem/fullname", StixPaths.text "user-account:display_name"
                "certificateitem/serialnumber", StixPaths.text "x509-certificate:serial_number"
            ]

        let table = Collections.Generic.Dictionary<string, Rule>(StringComparer.Ordinal)

        for term, rule in rules do
            table.Add(term, rule)

        table

    // Items that others hold: what is said of them is the same.
    let private holders = [ "persistenceitem/"; "processitem/portlist/" ]
    let private held = [ "fileitem/"; "registryitem/"; "serviceitem/"; "portitem/" ]

    let private withoutHolder (term: string) : string =
        match
            holders
            |> List.tryFind (fun holder -> term.StartsWith(holder, StringComparison.Ordinal))
        with
        | Some holder when
            held
            |> List.exists (fun item -> term.AsSpan(holder.Length).StartsWith(item.AsSpan()))
            ->
            term.Substring holder.Length
        | _ -> term

    let private sums =
        [
            "md5sum", ObservableType.Md5
            "sha1sum", ObservableType.Sha1
            "sha256sum", ObservableType.Sha256
            "sha512sum", ObservableType.Sha512
        ]

    // A handle's name is a mutex unless it says that it is something else: the object manager names devices, sections and pipes by folders.
    let private handle: Rule =
        fun test value ->
            if
                value.StartsWith("\\Device\\", StringComparison.OrdinalIgnoreCase)
                || value.StartsWith("\\REGISTRY\\", StringComparison.OrdinalIgnoreCase)
                || WholeValue.isAbsolutePath value && not (value.StartsWith '\\')
            then
                Criterion.Unknown
            else
                StixPaths.observed ObservableType.Mutex StixPaths.mutexName test value

    /// What an item asks for: `term` is its context's `search`.
    let criterion (term: string) (test: CriterionTest) (value: string) : Criterion =
        let term = withoutHolder (term.Trim().ToLowerInvariant())

        match terms.TryGetValue term, term with
        | (true, rule), _ -> rule test value
        | _, "processitem/handlelist/handle/name" -> handle test value
        | _, "processitem/handlelist/handle/type" when value.Equals("Mutant", StringComparison.OrdinalIgnoreCase) ->
            Criterion.About "mutex"
        | _ ->
            match
                sums
                |> List.tryFind (fun (name, _) -> term.EndsWith(name, StringComparison.Ordinal))
            with
            | Some(_, sum) -> StixPaths.hash sum test value
            | None -> Criterion.Unknown

    /// Whether a term is compared by its text as a rule of Snort.
    let isSnort (term: string) : bool =
        term.Equals("Snort/Snort", StringComparison.OrdinalIgnoreCase)

    /// Whether it names a handle without saying that it is one of a mutex.
    let isHandle (term: string) : bool =
        term.Equals("ProcessItem/HandleList/Handle/Name", StringComparison.OrdinalIgnoreCase)
