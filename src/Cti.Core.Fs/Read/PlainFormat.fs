// Formats whose fields mean nothing by themselves: what a source may be said to be while its dialect and fields are left to recognition.
namespace Cti.Core

/// A format whose fields a mapping has to name.
[<Struct; RequireQualifiedAccess>]
type PlainFormat =
    | Lines
    | Csv
    | Json
    | Ndjson
    | BlockList of dialect: BlockListDialect

[<RequireQualifiedAccess>]
module PlainFormat =
    let all =
        [|
            PlainFormat.Lines
            PlainFormat.Csv
            PlainFormat.Json
            PlainFormat.Ndjson
            PlainFormat.BlockList BlockListDialect.Hosts
            PlainFormat.BlockList BlockListDialect.Dnsmasq
            PlainFormat.BlockList BlockListDialect.Rpz
            PlainFormat.BlockList BlockListDialect.Adblock
            PlainFormat.BlockList BlockListDialect.Unbound
            PlainFormat.BlockList BlockListDialect.BindZone
            PlainFormat.BlockList BlockListDialect.IdsRules
        |]

    /// The name used in YAML (`read: { type: … }`).
    let name (format: PlainFormat) : string =
        match format with
        | PlainFormat.Lines -> "lines"
        | PlainFormat.Csv -> "csv"
        | PlainFormat.Json -> "json"
        | PlainFormat.Ndjson -> "ndjson"
        | PlainFormat.BlockList BlockListDialect.Hosts -> "hosts"
        | PlainFormat.BlockList BlockListDialect.Dnsmasq -> "dnsmasq"
        | PlainFormat.BlockList BlockListDialect.Rpz -> "rpz"
        | PlainFormat.BlockList BlockListDialect.Adblock -> "adblock"
        | PlainFormat.BlockList BlockListDialect.Unbound -> "unbound"
        | PlainFormat.BlockList BlockListDialect.BindZone -> "bind_zone"
        | PlainFormat.BlockList BlockListDialect.IdsRules -> "ids_rules"
