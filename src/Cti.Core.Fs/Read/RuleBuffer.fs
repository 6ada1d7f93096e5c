// Which part of the traffic an option of a rule names, in the words of Suricata and of Snort 2 and 3.
namespace Cti.Core

open System

/// Where in the traffic a content is looked for, as far as it says what the rule names.
[<Struct; RequireQualifiedAccess>]
type internal RuleBuffer =
    /// No buffer yet: Snort 2 names it behind the content.
    | Unnamed
    /// A host name: `http.host`, `tls.sni`, `dns.query`.
    | Host
    | Uri
    /// The header lines of a request: `Host: …` is one of them.
    | Header
    | Other

[<RequireQualifiedAccess>]
module internal RuleBuffer =
    let private hostBuffers =
        Scan.table
            [
                "http.host"
                "http.host.raw"
                "http_host"
                "http_raw_host"
                "tls.sni"
                "tls_sni"
                "ssl_sni"
                "quic.sni"
                "dns.query"
                "dns_query"
                "dns.query.name"
            ]

    let private uriBuffers =
        Scan.table [ "http.uri"; "http.uri.raw"; "http_uri"; "http_raw_uri" ]

    let private headerBuffers =
        Scan.table [ "http.header"; "http.header.raw"; "http_header"; "http_raw_header" ]

    let private otherBuffers =
        Scan.table
            [
                "http_method"
                "http_cookie"
                "http_raw_cookie"
                "http_user_agent"
                "http_client_body"
                "http_stat_code"
                "http_stat_msg"
                "http_server_body"
                "http_content_type"
                "http_referer"
                "file_data"
                "pkt_data"
            ]

    let private fieldHost = "field host"B

    /// The buffer that the option `name:value` names; none where it names none.
    let ofOption (name: ReadOnlySpan<byte>) (value: ReadOnlySpan<byte>) : RuleBuffer voption =
        if Scan.indexOf hostBuffers name >= 0 then
            ValueSome RuleBuffer.Host
        elif Scan.indexOf uriBuffers name >= 0 then
            ValueSome RuleBuffer.Uri
        elif Scan.indexOf headerBuffers name >= 0 then
            ValueSome(
                if Scan.isWordOf (value.Trim ' 'B) fieldHost then
                    RuleBuffer.Host
                else
                    RuleBuffer.Header
            )
        elif name.Contains '.'B || Scan.indexOf otherBuffers name >= 0 then
            ValueSome RuleBuffer.Other
        else
            ValueNone
