// How the outputs for endpoint tools and SIEMs are written in YAML: signatures of files, queries, detection rules, lookups.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal EndpointRenderDecoder =
    let private clamAvKind: Literal<ClamAvKind> =
        ClamAvKind.all
        |> Array.map (fun kind -> kind, ClamAvKind.name kind)
        |> List.ofArray
        |> Literal.choice "a ClamAV database"

    let private sigmaStatus: Literal<SigmaStatus> =
        SigmaStatus.all
        |> Array.map (fun status -> status, SigmaStatus.name status)
        |> List.ofArray
        |> Literal.choice "a status of Sigma"

    let private splunkCollection: Literal<SplunkCollection> =
        SplunkCollection.all
        |> Array.map (fun collection -> collection, SplunkCollection.name collection)
        |> List.ofArray
        |> Literal.choice "a collection of Splunk"

    // Whole seconds, from a minute to osquery's longest.
    let private interval: Literal<TimeSpan> =
        Literal.duration
        |> Literal.refine (fun time ->
            if
                time >= TimeSpan.FromMinutes 1L
                && time <= TimeSpan.FromDays 7
                && time.Ticks % TimeSpan.TicksPerSecond = 0L
            then
                Ok time
            else
                Error(Fault.Malformed("an interval", time.ToString "c", "whole seconds from 1m to 7d: `1h`")))

    let private osquery: Fields<RenderSpec> =
        block {
            let! interval =
                Field.defaulted
                    "interval"
                    "between two runs of a query on a host"
                    interval
                    (TimeSpan.FromSeconds(int64 OsqueryPackOptions.defaults.Interval))

            and! perQuery =
                Field.defaulted
                    "per_query"
                    "most values in one query"
                    (Literal.int "per_query" 1 10_000)
                    OsqueryPackOptions.defaults.PerQuery

            return
                RenderSpec.OsqueryPack
                    {
                        Interval = int interval.TotalSeconds
                        PerQuery = perQuery
                    }
        }

    let private sigma: Fields<RenderSpec> =
        block {
            let! status =
                Field.defaulted "status" "how far the rules have come" sigmaStatus SigmaRules.defaults.Status

            and! subdomains =
                Field.defaulted
                    "subdomains"
                    "whether a listed name stands for all names under it too"
                    Literal.bool
                    SigmaRules.defaults.Subdomains

            return
                RenderSpec.SigmaRules
                    {
                        Status = status
                        Subdomains = subdomains
                    }
        }

    let private splunk: Fields<RenderSpec> =
        block {
            let! collection =
                Field.required "collection" "which collection it feeds" (Decode.literal splunkCollection)

            and! weight =
                Field.defaulted "weight" "of every row: what a match adds to risk" (Literal.int "weight" 1 100) 1

            return
                RenderSpec.SplunkLookup
                    {
                        Collection = collection
                        Weight = weight
                    }
        }

    let cases: Case<RenderSpec> list =
        [
            Decode.case
                "clamav_hashes"
                "File hashes for ClamAV; the file's name ends in the kind (a state sink)"
                (Field.defaulted "kind" "hsb holds SHA-1 and SHA-256, hdb MD5" clamAvKind ClamAvKind.Hsb
                 |> Field.map RenderSpec.ClamAvHashes)
            Decode.case "yara_hashes" "A YARA rule for each file hash (a state sink)" (Field.none RenderSpec.YaraHashes)
            Decode.case "osquery_pack" "Queries for osquery that look for what is listed (a state sink)" osquery
            Decode.case "sigma_rules" "A Sigma rule for each indicator (a state sink)" sigma
            Decode.case "splunk_lookup" "A lookup for Splunk's threat intelligence framework (a state sink)" splunk
        ]
