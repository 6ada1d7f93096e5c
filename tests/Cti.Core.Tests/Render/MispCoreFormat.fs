// MISP's core format as a judge: what is wrong with an event that we wrote. Shares no code with what wrote it.
module Cti.Core.Tests.MispCoreFormat

open System
open System.Collections.Generic
open System.Text.Json

// Which categories a type may stand in, as MISP ships them (describeTypes); the types we write.
let private categories =
    dict
        [
            "ip-dst", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "ip-dst|port", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "domain", [ "Network activity"; "External analysis" ]
            "url", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "email", [ "Payload delivery"; "Social network"; "Person" ]
            "md5",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha1",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha256",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha512",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "ssdeep",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "tlsh", [ "Payload delivery"; "Artifacts dropped"; "Payload installation" ]
            "filename",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "Persistence mechanism"
            ]
            "AS", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "mutex", [ "Artifacts dropped"; "Payload delivery" ]
            "regkey", [ "Persistence mechanism"; "Artifacts dropped"; "External analysis" ]
            "user-agent", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "ja3-fingerprint-md5", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "x509-fingerprint-sha1", [ "Network activity"; "Payload delivery"; "Attribution" ]
            "x509-fingerprint-sha256", [ "Network activity"; "Payload delivery"; "Attribution" ]
            "mac-address", [ "Network activity"; "Payload delivery" ]
            "vulnerability", [ "External analysis"; "Payload delivery"; "Payload installation" ]
            "btc", [ "Financial fraud" ]
            "xmr", [ "Financial fraud" ]
            "dash", [ "Financial fraud" ]
            "yara", [ "Payload installation"; "Payload delivery"; "Artifacts dropped" ]
            "sigma", [ "Payload installation"; "Payload delivery"; "Artifacts dropped" ]
            "snort", [ "Network activity"; "External analysis" ]
            "stix2-pattern",
            [
                "Payload installation"
                "Payload delivery"
                "Artifacts dropped"
                "Network activity"
            ]
        ]

/// A text among the members of an object, "" where it is none.
let text (element: JsonElement) (name: string) : string =
    match element.TryGetProperty name with
    | true, value ->
        match value.GetString() with
        | null -> ""
        | text -> text
    | _ -> ""

let private isUuid (value: string) = fst (Guid.TryParseExact(value, "D"))

let private isSeconds (value: string) =
    fst (Int64.TryParse value) && value.Length > 0

/// The rules of MISP's core format (draft-dulaunoy-misp-core-format, sections 2.2 to 2.4) for what an event of ours holds.
let faults (document: JsonDocument) : string list =
    let event = document.RootElement.GetProperty "Event"
    let attributes = event.GetProperty("Attribute").EnumerateArray() |> List.ofSeq

    let inSet name (allowed: string list) element =
        if not (List.contains (text element name) allowed) then
            [ $"%s{name} is %s{text element name}" ]
        else
            []

    [
        if not (isUuid (text event "uuid")) then
            "event uuid"
        for name in [ "timestamp"; "publish_timestamp" ] do
            if not (isSeconds (text event name)) then
                name
        if not (fst (DateOnly.TryParseExact(text event "date", "yyyy-MM-dd"))) then
            "date"
        if text event "info" = "" then
            "info"
        yield! inSet "threat_level_id" [ "1"; "2"; "3"; "4" ] event
        yield! inSet "analysis" [ "0"; "1"; "2" ] event
        yield! inSet "distribution" [ "0"; "1"; "2"; "3"; "4" ] event
        if event.GetProperty("published").ValueKind <> JsonValueKind.True then
            "published"
        let orgc = event.GetProperty "Orgc"

        if text orgc "name" = "" || not (isUuid (text orgc "uuid")) then
            "Orgc"

        for tag in event.GetProperty("Tag").EnumerateArray() do
            if text tag "name" = "" then
                "tag of the event"

        let ids = HashSet<string>()

        for attribute in attributes do
            if not (isUuid (text attribute "uuid")) || not (ids.Add(text attribute "uuid")) then
                "attribute uuid"

            if not (isSeconds (text attribute "timestamp")) then
                "attribute timestamp"

            if text attribute "value" = "" then
                "value"

            match categories.TryGetValue(text attribute "type") with
            | true, allowed -> yield! inSet "category" allowed attribute
            | _ -> "type " + text attribute "type"

            yield! inSet "distribution" [ "0"; "1"; "2"; "3"; "4"; "5" ] attribute

            for name in [ "to_ids"; "deleted" ] do
                match attribute.GetProperty(name).ValueKind with
                | JsonValueKind.True
                | JsonValueKind.False -> ()
                | _ -> name

            for name in [ "first_seen"; "last_seen" ] do
                let time = text attribute name

                if
                    time <> ""
                    && not (time.EndsWith("+00:00", StringComparison.Ordinal) && time.Length = 32)
                then
                    $"%s{name} %s{time}"

            for tag in attribute.GetProperty("Tag").EnumerateArray() do
                if text tag "name" = "" || (text tag "name").Length > 255 then
                    "tag"
    ]
