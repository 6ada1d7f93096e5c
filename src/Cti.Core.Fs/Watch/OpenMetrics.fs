// Metrics as OpenMetrics text (version 1.0.0): families of samples to the text a scraper reads. Pure; what is counted is the host's business.
namespace Cti.Core

open System
open System.Globalization
open System.Text

/// What a family's numbers are.
[<Struct; RequireQualifiedAccess>]
type MetricKind =
    /// Only ever grows, but for a restart. Its samples end in `_total`.
    | Counter
    | Gauge
    /// Facts that do not change; the value is 1. Its samples end in `_info`.
    | Info

/// One number with what tells it from its siblings.
[<NoComparison>]
type MetricSample =
    {
        /// Names are words of ours; values may be anything.
        Labels: (string * string) list
        Value: float
    }

/// Metrics of one name.
[<NoComparison>]
type MetricFamily =
    {
        /// `cti_records`, without the ending of its kind.
        Name: string
        Kind: MetricKind
        /// `seconds` or `bytes`, and then the name ends in it; "" for plain numbers.
        Unit: string
        Help: string
        Samples: MetricSample list
    }

[<RequireQualifiedAccess>]
module OpenMetrics =
    /// What the text is served as.
    let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    // The one place where text from outside is escaped for this format: label values and help.
    let private escaped (text: string) : string =
        text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\"", "\\\"")

    let private number (value: float) : string =
        if Double.IsNaN value then "NaN"
        elif Double.IsPositiveInfinity value then "+Inf"
        elif Double.IsNegativeInfinity value then "-Inf"
        else value.ToString("R", CultureInfo.InvariantCulture)

    let private kind (family: MetricFamily) =
        match family.Kind with
        | MetricKind.Counter -> struct ("counter", "_total")
        | MetricKind.Gauge -> struct ("gauge", "")
        | MetricKind.Info -> struct ("info", "_info")

    let private append (text: StringBuilder) (family: MetricFamily) : unit =
        let struct (word, ending) = kind family

        text.Append("# TYPE ").Append(family.Name).Append(' ').Append(word).Append('\n')
        |> ignore

        if family.Unit <> "" then
            text.Append("# UNIT ").Append(family.Name).Append(' ').Append(family.Unit).Append('\n')
            |> ignore

        text.Append("# HELP ").Append(family.Name).Append(' ').Append(escaped family.Help).Append('\n')
        |> ignore

        for sample in family.Samples do
            text.Append(family.Name).Append(ending) |> ignore

            if not sample.Labels.IsEmpty then
                let labels =
                    sample.Labels
                    |> List.map (fun (name, value) -> $"%s{name}=\"%s{escaped value}\"")

                text.Append('{').AppendJoin(',', labels).Append('}') |> ignore

            text.Append(' ').Append(number sample.Value).Append('\n') |> ignore

    /// The text, with the mark of its end. Families without samples are left out.
    let print (families: MetricFamily seq) : string =
        let text = StringBuilder()

        for family in families do
            if not family.Samples.IsEmpty then
                append text family

        text.Append("# EOF\n").ToString()
