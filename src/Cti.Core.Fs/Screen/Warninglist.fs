// MISP warninglists as published: one JSON object with a list of strings. Knows the format only; ScreenSet does the matching.
namespace Cti.Core

open System
open System.Text
open System.Text.Json

[<RequireQualifiedAccess>]
module Warninglist =
    /// The observable types of a MISP attribute type; composites (`domain|ip`, `filename|md5`) give the types of their parts.
    /// Attribute types of things we do not carry give none.
    let typesOfAttribute (attribute: string) : uint32 =
        match attribute with
        | "ip-src"
        | "ip-dst" -> ObservableTypes.ofTypes [ ObservableType.Ipv4; ObservableType.Ipv6; ObservableType.Cidr ]
        | "ip-src|port"
        | "ip-dst|port" -> ObservableTypes.ofType ObservableType.IpPort
        | "domain"
        | "hostname"
        | "hostname|port" -> ObservableTypes.ofType ObservableType.Domain
        | "domain|ip" -> ObservableTypes.ofTypes [ ObservableType.Domain; ObservableType.Ipv4; ObservableType.Ipv6 ]
        | "url"
        | "uri"
        | "link" -> ObservableTypes.ofType ObservableType.Url
        | "email"
        | "email-src"
        | "email-dst"
        | "email-reply-to"
        | "target-email"
        | "whois-registrant-email"
        | "dns-soa-email" -> ObservableTypes.ofType ObservableType.Email
        | "md5"
        | "filename|md5" -> ObservableTypes.ofType ObservableType.Md5
        | "sha1"
        | "filename|sha1" -> ObservableTypes.ofType ObservableType.Sha1
        | "sha256"
        | "filename|sha256" -> ObservableTypes.ofType ObservableType.Sha256
        | "sha512"
        | "filename|sha512" -> ObservableTypes.ofType ObservableType.Sha512
        | "AS" -> ObservableTypes.ofType ObservableType.Asn
        | "ssdeep"
        | "filename|ssdeep" -> ObservableTypes.ofType ObservableType.Ssdeep
        | "tlsh"
        | "filename|tlsh" -> ObservableTypes.ofType ObservableType.Tlsh
        // MISP has no type for paths: they stand in filename.
        | "filename" -> ObservableTypes.ofTypes [ ObservableType.FileName; ObservableType.FilePath ]
        | "email-attachment"
        | "attachment"
        | "malware-sample" -> ObservableTypes.ofType ObservableType.FileName
        | "mutex" -> ObservableTypes.ofType ObservableType.Mutex
        | "regkey"
        | "regkey|value" -> ObservableTypes.ofType ObservableType.RegistryKey
        | "user-agent"
        | "http-user-agent" -> ObservableTypes.ofType ObservableType.UserAgent
        | "ja3-fingerprint-md5" -> ObservableTypes.ofType ObservableType.Ja3
        | "x509-fingerprint-sha1" -> ObservableTypes.ofType ObservableType.CertificateSha1
        | "x509-fingerprint-sha256" -> ObservableTypes.ofType ObservableType.CertificateSha256
        | "mac-address" -> ObservableTypes.ofType ObservableType.Mac
        | "vulnerability" -> ObservableTypes.ofType ObservableType.Cve
        | "btc"
        | "xmr"
        | "dash" -> ObservableTypes.ofType ObservableType.CryptoAddress
        | _ -> ObservableTypes.none

    let private matchTypeOf (name: string) : MatchType voption =
        match name with
        | "string" -> ValueSome MatchType.String
        | "substring" -> ValueSome MatchType.Substring
        | "hostname" -> ValueSome MatchType.Hostname
        | "cidr" -> ValueSome MatchType.Cidr
        | "regex" -> ValueSome MatchType.Regex
        | _ -> ValueNone

    // Room in bytes that a new entry needs before its escapes are undone: never less than the result.
    let private addEntry (reader: byref<Utf8JsonReader>) (entries: TextColumn) =
        if reader.ValueIsEscaped then
            entries.Commit(reader.CopyString(entries.Reserve reader.ValueSpan.Length))
        else
            entries.Add reader.ValueSpan

    let private textOf (reader: byref<Utf8JsonReader>) : string =
        match reader.TokenType with
        | JsonTokenType.String ->
            match reader.GetString() with
            | null -> ""
            | text -> text
        | JsonTokenType.Number -> Encoding.UTF8.GetString reader.ValueSpan
        | _ -> ""

    let private withoutMark (json: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if json.Length >= 3 && json[0] = 0xEFuy && json[1] = 0xBBuy && json[2] = 0xBFuy then
            json.Slice 3
        else
            json

    // One pass; fields come in any order. The reader throws on bad JSON; `parse` turns that into a value.
    let private read (file: string) (json: ReadOnlySpan<byte>) : Result<ScreenList, ScreenError> =
        let mutable reader = Utf8JsonReader(withoutMark json)
        let entries = TextColumn(max 4 (json.Length / 24), 20)
        let mutable name = ""
        let mutable version = ""
        let mutable matchType = "string"
        let mutable types = ObservableTypes.none
        let mutable hasTypes = false
        let mutable hasList = false

        if not (reader.Read()) || reader.TokenType <> JsonTokenType.StartObject then
            Error(ScreenError.NotJson(file, "it is no object."))
        else
            while reader.Read() && reader.TokenType = JsonTokenType.PropertyName do
                if reader.ValueTextEquals "name" then
                    reader.Read() |> ignore
                    name <- textOf &reader
                elif reader.ValueTextEquals "version" then
                    reader.Read() |> ignore
                    version <- textOf &reader
                elif reader.ValueTextEquals "type" then
                    reader.Read() |> ignore
                    matchType <- textOf &reader
                elif reader.ValueTextEquals "list" then
                    reader.Read() |> ignore
                    hasList <- reader.TokenType = JsonTokenType.StartArray

                    while hasList && reader.Read() && reader.TokenType <> JsonTokenType.EndArray do
                        hasList <- reader.TokenType = JsonTokenType.String

                        if hasList then
                            addEntry &reader entries

                    if not hasList then
                        reader.Skip()
                elif reader.ValueTextEquals "matching_attributes" then
                    reader.Read() |> ignore

                    if reader.TokenType = JsonTokenType.StartArray then
                        hasTypes <- true

                        while reader.Read() && reader.TokenType <> JsonTokenType.EndArray do
                            types <- types ||| typesOfAttribute (textOf &reader)
                else
                    reader.Skip()

            // Anything behind the object is an error too, which the reader throws.
            reader.Read() |> ignore

            if not hasList then
                Error(ScreenError.MissingField(file, "list"))
            else
                match matchTypeOf matchType with
                | ValueNone -> Error(ScreenError.UnknownMatchType(file, matchType))
                | ValueSome matchType ->
                    // A list without matching_attributes applies to everything, as in MISP.
                    let types = if hasTypes then types else ObservableTypes.all
                    let name = if name = "" then file else name
                    Ok(ScreenList(file, name, version, matchType, types, entries))

    /// Reads one warninglist; `file` names it in messages and results. No culture, no regular expression is built yet.
    let parse (file: string) (json: ReadOnlyMemory<byte>) : Result<ScreenList, ScreenError> =
        try
            read file json.Span
        with
        | :? JsonException as problem ->
            let line = problem.LineNumber.GetValueOrDefault() + 1L
            Error(ScreenError.NotJson(file, $"an error on line %d{line}."))
        | :? InvalidOperationException -> Error(ScreenError.NotJson(file, "a text is not valid UTF-8."))
