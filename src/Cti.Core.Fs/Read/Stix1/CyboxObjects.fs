// The objects of CybOX 2 of the common types, and what each asks for. The properties of one object hold together (AND); of a file that is named by
// the sums of its content these say it all. Knows the objects, not how observables are put together.
namespace Cti.Core

open System
open System.Collections.Generic

/// An object's properties while they are read: which children were understood, and what they ask for.
[<Sealed; AllowNullLiteral(false)>]
type internal CyboxProperties(element: MarkupElement) =
    let known = HashSet<string>(StringComparer.Ordinal)
    let asked = List<Criterion>()

    member _.Element = element
    member _.Asked = List.ofSeq asked
    member _.Add(criterion: Criterion) = asked.Add criterion

    /// Children that nothing asked for, and that hold something.
    member _.Unknown: MarkupElement list =
        element.Children
        |> Seq.filter (fun child ->
            not (known.Contains child.Name)
            && (child.Children.Count > 0 || child.Text.Trim() <> ""))
        |> List.ofSeq

    /// Takes note of a child that says nothing to compare with.
    member _.Ignore(name: string) = known.Add name |> ignore

    /// The values a path of child names leads to; every child of each name.
    member _.At(path: string list) : MarkupElement list =
        (match path with
         | first :: _ -> known.Add first |> ignore
         | [] -> ())

        ([ element ], path)
        ||> List.fold (fun reached name -> reached |> List.collect (fun one -> List.ofSeq (one.ChildrenOf name)))

    /// Adds what the field at a path asks for.
    member this.Field(path: string list, rule: CyboxRule) : unit =
        for value in this.At path do
            asked.Add(CyboxFields.criterion rule value)

[<RequireQualifiedAccess>]
module internal CyboxObjects =
    let private addressRule (category: string) : CyboxRule =
        match category.ToLowerInvariant() with
        | "e-mail" -> StixPaths.emailIn "email-addr:value"
        | "mac" -> StixPaths.observed ObservableType.Mac "mac-addr:value"
        | "asn" -> StixPaths.asn
        | _ -> StixPaths.address

    let private address (properties: CyboxProperties) =
        properties.Field([ "Address_Value" ], addressRule (properties.Element.Attribute "category"))

    let private uri (properties: CyboxProperties) =
        let rule: CyboxRule =
            if properties.Element.Attribute("type").Contains("Domain", StringComparison.OrdinalIgnoreCase) then
                StixPaths.name
            else
                StixPaths.urlOrPart

        properties.Field([ "Value" ], rule)

    let private sumNames =
        [
            "MD5", ObservableType.Md5
            "SHA1", ObservableType.Sha1
            "SHA256", ObservableType.Sha256
            "SHA512", ObservableType.Sha512
            "SSDEEP", ObservableType.Ssdeep
            "TLSH", ObservableType.Tlsh
        ]
        |> Map.ofList

    // By its name, and by its length where it has none.
    let private sumOf (hash: MarkupElement) (value: string) : ObservableType voption =
        match Map.tryFind (hash.ChildText("Type").Replace("-", "").ToUpperInvariant()) sumNames with
        | Some sum -> ValueSome sum
        | None -> WholeValue.hash (value.Trim())

    let private hash (hash: MarkupElement) : Criterion =
        let rule: CyboxRule =
            fun test value ->
                match sumOf hash value with
                | ValueSome sum -> StixPaths.hash sum test value
                | ValueNone -> Criterion.Unknown

        match hash.Child "Simple_Hash_Value", hash.Child "Fuzzy_Hash_Value" with
        | ValueSome value, _
        | ValueNone, ValueSome value -> CyboxFields.criterion rule value
        | ValueNone, ValueNone -> Criterion.Unknown

    let private file (properties: CyboxProperties) : Criterion voption =
        let sums = properties.At [ "Hashes"; "Hash" ] |> List.map hash

        properties.Field([ "File_Name" ], StixPaths.observed ObservableType.FileName StixPaths.fileName)
        properties.Field([ "File_Path" ], StixPaths.text StixPaths.parent)
        properties.Field([ "Full_Path" ], StixPaths.fullPath)
        properties.Field([ "Size_In_Bytes" ], StixPaths.number StixPaths.fileSize)

        properties.Field(
            [ "File_Extension" ],
            fun test value ->
                StixPaths.text
                    StixPaths.fileName
                    (if test = CriterionTest.Is then
                         CriterionTest.EndsWith
                     else
                         test)
                    ("." + value.TrimStart '.')
        )

        let known = sums |> List.filter (fun sum -> not (Criterion.simplify sum).IsUnknown)

        if List.isEmpty known then
            List.iter properties.Add sums
            ValueNone
        else
            ValueSome(Criterion.Identified(known, properties.Asked |> List.filter (fun one -> not one.IsUnknown)))

    let private registryKey (properties: CyboxProperties) =
        let hive =
            match properties.At [ "Hive" ] with
            | hive :: _ -> hive.Text.Trim()
            | [] -> ""

        let withHive: CyboxRule =
            fun test value ->
                if
                    hive = ""
                    || value.StartsWith(hive, StringComparison.OrdinalIgnoreCase)
                    || test = CriterionTest.Contains
                    || test = CriterionTest.EndsWith
                    || test = CriterionTest.Matches
                then
                    StixPaths.key test value
                else
                    StixPaths.key test (hive + "\\" + value.TrimStart '\\')

        properties.Field([ "Key" ], withHive)
        properties.Field([ "Values"; "Value"; "Name" ], StixPaths.text StixPaths.registryName)
        properties.Field([ "Values"; "Value"; "Data" ], StixPaths.text StixPaths.registryData)

    let private lowered (path: string) : CyboxRule =
        fun test value -> StixPaths.text path test (value.ToLowerInvariant())

    // One end of a connection, below `path`.
    let private socket (properties: CyboxProperties) (path: string list) (host: string) (port: string) =
        properties.Field(path @ [ "IP_Address"; "Address_Value" ], StixPaths.addressAt host)
        properties.Field(path @ [ "Hostname"; "Hostname_Value" ], StixPaths.addressAt host)
        properties.Field(path @ [ "Port"; "Port_Value" ], StixPaths.number port)

    let private ends = StixPaths.destination, StixPaths.destinationPort

    let private http (properties: CyboxProperties) (path: string list) =
        let request = path @ [ "HTTP_Request_Response"; "HTTP_Client_Request" ]
        let header = request @ [ "HTTP_Request_Header"; "Parsed_Header" ]

        properties.Field(header @ [ "User_Agent" ], StixPaths.observed ObservableType.UserAgent StixPaths.userAgent)

        properties.Field(header @ [ "Host"; "Domain_Name"; "Value" ], StixPaths.text StixPaths.requestHost)
        properties.Field(header @ [ "Referer"; "Value" ], StixPaths.text StixPaths.referer)
        properties.Field(request @ [ "HTTP_Request_Line"; "HTTP_Method" ], lowered StixPaths.requestMethod)
        properties.Field(request @ [ "HTTP_Request_Line"; "Value" ], StixPaths.text StixPaths.requestValue)

    let private email (properties: CyboxProperties) (referred: MarkupElement -> MarkupElement voption) =
        let header path = "Header" :: path

        let field name =
            $"email-message:additional_header_fields.'%s{name}'[*]"

        properties.Field(header [ "From"; "Address_Value" ], StixPaths.emailIn StixPaths.sender)
        properties.Field(header [ "Sender"; "Address_Value" ], StixPaths.emailIn "email-message:sender_ref.value")
        properties.Field(header [ "To"; "Recipient"; "Address_Value" ], StixPaths.text "email-message:to_refs[*].value")
        properties.Field(header [ "CC"; "Recipient"; "Address_Value" ], StixPaths.text "email-message:cc_refs[*].value")

        properties.Field(
            header [ "BCC"; "Recipient"; "Address_Value" ],
            StixPaths.text "email-message:bcc_refs[*].value"
        )

        properties.Field(header [ "Subject" ], StixPaths.text "email-message:subject")
        properties.Field(header [ "Message_ID" ], StixPaths.text "email-message:message_id")
        properties.Field(header [ "Date" ], StixPaths.time "email-message:date")
        properties.Field(header [ "Reply_To"; "Address_Value" ], StixPaths.text (field "Reply-To"))
        properties.Field(header [ "X_Mailer" ], StixPaths.text (field "X-Mailer"))
        properties.Field(header [ "User_Agent" ], StixPaths.text (field "User-Agent"))
        properties.Field(header [ "X_Originating_IP"; "Address_Value" ], StixPaths.text (field "X-Originating-IP"))
        properties.Field([ "Raw_Body" ], StixPaths.text "email-message:body")

        for attachment in properties.At [ "Attachments"; "File" ] do
            match referred attachment with
            | ValueSome file ->
                for name in file.ChildrenOf "File_Name" do
                    StixPaths.text "email-message:body_multipart[*].body_raw_ref.name"
                    |> fun rule -> properties.Add(CyboxFields.criterion rule name)
            | ValueNone -> properties.Add Criterion.Unknown

    // MISP keeps a certificate's fingerprint as its signature, and says by which function.
    let private fingerprint (properties: CyboxProperties) =
        for signature in properties.At [ "Certificate_Signature" ] do
            let kind =
                match signature.ChildText("Signature_Algorithm").Replace("-", "").ToUpperInvariant() with
                | "SHA1" -> ValueSome(ObservableType.CertificateSha1, "'SHA-1'")
                | "SHA256" -> ValueSome(ObservableType.CertificateSha256, "'SHA-256'")
                | _ -> ValueNone

            match kind, signature.Child "Signature" with
            | ValueSome(observable, name), ValueSome value when (WholeValue.hash (value.Text.Trim())).IsSome ->
                let rule = StixPaths.observed observable $"x509-certificate:hashes.%s{name}"
                properties.Add(CyboxFields.criterion rule value)
            | _ -> properties.Add Criterion.Unknown

    let private certificate (properties: CyboxProperties) =
        let at path = "Certificate" :: path
        properties.Field(at [ "Serial_Number" ], StixPaths.text "x509-certificate:serial_number")
        properties.Field(at [ "Issuer" ], StixPaths.text "x509-certificate:issuer")
        properties.Field(at [ "Subject" ], StixPaths.text "x509-certificate:subject")

        properties.Field(at [ "Validity"; "Not_Before" ], StixPaths.time "x509-certificate:validity_not_before")

        properties.Field(at [ "Validity"; "Not_After" ], StixPaths.time "x509-certificate:validity_not_after")
        fingerprint properties

    let private networkConnection (properties: CyboxProperties) =
        let host, port = ends
        socket properties [ "Source_Socket_Address" ] StixPaths.source StixPaths.sourcePort
        socket properties [ "Destination_Socket_Address" ] host port
        properties.Field([ "Layer3_Protocol" ], lowered StixPaths.protocol)
        properties.Field([ "Layer4_Protocol" ], lowered StixPaths.protocol)
        properties.Field([ "Layer7_Protocol" ], lowered StixPaths.protocol)
        http properties [ "Layer7_Connections"; "HTTP_Session" ]

    let private autonomousSystem (properties: CyboxProperties) =
        match properties.At [ "Number" ], properties.At [ "Handle" ] with
        | [], [] -> properties.Field([ "Name" ], StixPaths.text "autonomous-system:name")
        | [], handles ->
            for handle in handles do
                properties.Add(CyboxFields.criterion StixPaths.asn handle)
        | numbers, _ ->
            for number in numbers do
                properties.Add(CyboxFields.criterion StixPaths.asn number)

        // The number says it all; whose it is changes.
        properties.Ignore "Name"
        properties.Ignore "Regional_Internet_Registry"

    /// What an object of a type asks for. `kind`: the local name of its type, without `ObjectType`. `referred`: the properties an element refers
    /// to. None: a type that is not known.
    let criterion
        (referred: MarkupElement -> MarkupElement voption)
        (kind: string)
        (properties: CyboxProperties)
        : Criterion voption =
        let host, port = ends

        let whole =
            match kind with
            | "Address" ->
                address properties
                ValueNone
            | "URI"
            | "Link" ->
                uri properties
                ValueNone
            | "DomainName" ->
                properties.Field([ "Value" ], StixPaths.name)
                ValueNone
            | "Hostname" ->
                properties.Field([ "Hostname_Value" ], StixPaths.hostname)
                ValueNone
            | "File"
            | "WindowsFile"
            | "WindowsExecutableFile"
            | "UnixFile"
            | "ImageFile"
            | "PDFFile"
            | "ArchiveFile" -> file properties
            | "EmailMessage" ->
                email properties referred
                ValueNone
            | "Mutex"
            | "WindowsMutex" ->
                properties.Field([ "Name" ], StixPaths.observed ObservableType.Mutex StixPaths.mutexName)
                ValueNone
            | "WindowsRegistryKey" ->
                registryKey properties
                ValueNone
            | "Port" ->
                properties.Field([ "Port_Value" ], StixPaths.number port)
                properties.Field([ "Layer4_Protocol" ], lowered StixPaths.protocol)
                ValueNone
            | "SocketAddress" ->
                socket properties [] host port
                ValueNone
            | "NetworkConnection" ->
                networkConnection properties
                ValueNone
            | "NetworkSocket" ->
                socket properties [ "Local_Address" ] StixPaths.source StixPaths.sourcePort
                socket properties [ "Remote_Address" ] host port
                properties.Field([ "Protocol" ], lowered StixPaths.protocol)
                ValueNone
            | "HTTPSession" ->
                http properties []
                ValueNone
            | "X509Certificate" ->
                certificate properties
                ValueNone
            | "AS" ->
                autonomousSystem properties
                ValueNone
            | "DNSQuery" ->
                properties.Field([ "Question"; "QName"; "Value" ], StixPaths.name)
                ValueNone
            | "DNSRecord" ->
                properties.Field([ "Domain_Name"; "Value" ], StixPaths.name)
                properties.Field([ "IP_Address"; "Address_Value" ], StixPaths.address)
                ValueNone
            | "Process"
            | "WindowsProcess"
            | "UnixProcess" ->
                properties.Field([ "PID" ], StixPaths.number "process:pid")
                properties.Field([ "Name" ], StixPaths.text StixPaths.processName)
                properties.Field([ "Image_Info"; "File_Name" ], StixPaths.text StixPaths.processName)
                properties.Field([ "Image_Info"; "Path" ], StixPaths.text StixPaths.processFolder)
                properties.Field([ "Image_Info"; "Command_Line" ], StixPaths.text StixPaths.commandLine)
                ValueNone
            | "UserAccount"
            | "WindowsUserAccount"
            | "UnixUserAccount" ->
                properties.Field([ "Username" ], StixPaths.text "user-account:account_login")
                properties.Field([ "Full_Name" ], StixPaths.text "user-account:display_name")
                ValueNone
            | "WindowsService" ->
                let service = "process:extensions.'windows-service-ext'."
                properties.Field([ "Service_Name" ], StixPaths.text (service + "service_name"))
                properties.Field([ "Display_Name" ], StixPaths.text (service + "display_name"))
                ValueNone
            | _ -> ValueSome Criterion.Unknown

        match whole, properties.Asked with
        | ValueSome Criterion.Unknown, _ -> ValueNone
        | ValueSome whole, _ -> ValueSome whole
        | ValueNone, [] -> ValueSome Criterion.Unknown
        | ValueNone, asked -> ValueSome(Criterion.All asked)
