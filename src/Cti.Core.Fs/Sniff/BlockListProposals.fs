// Block lists and rules written for one program: proposed where most lines are written so.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal BlockListProposals =
    let private starts (marks: string list) (line: string) =
        marks
        |> List.exists (fun mark -> line.StartsWith(mark, StringComparison.OrdinalIgnoreCase))

    let private holds (marks: string list) (line: string) =
        marks
        |> List.exists (fun mark -> line.Contains(mark, StringComparison.OrdinalIgnoreCase))

    // How a line of each looks; enough to be tried, reading decides.
    let private looks: (BlockListDialect * (string -> bool)) list =
        [
            BlockListDialect.Hosts,
            starts
                [
                    "0.0.0.0 "
                    "0.0.0.0\t"
                    "127.0.0.1 "
                    "127.0.0.1\t"
                    ":: "
                    "::\t"
                    "::1 "
                    "::1\t"
                ]
            BlockListDialect.Dnsmasq, starts [ "address=/"; "server=/"; "local=/" ]
            BlockListDialect.Rpz, holds [ " CNAME "; "\tCNAME\t"; " CNAME\t"; "\tCNAME " ]
            BlockListDialect.Adblock, starts [ "||"; "@@||" ]
            BlockListDialect.Unbound, starts [ "local-zone:"; "local-data:" ]
            BlockListDialect.BindZone, starts [ "zone \"" ]
            BlockListDialect.IdsRules, holds [ "(msg:" ]
        ]

    let private isComment = starts [ "#"; ";"; "!"; "//" ]

    /// The dialects in which at least half of the lines are written that are no comments.
    let proposals (head: Head) : ReaderSpec list =
        let lines =
            head.Lines
            |> Array.map _.Trim()
            |> Array.filter (fun line -> line <> "" && not (isComment line))

        looks
        |> List.filter (fun (_, isSo) ->
            lines.Length > 0
            && (lines |> Array.filter isSo |> Array.length) * 2 >= lines.Length)
        |> List.map (fun (dialect, _) -> ReaderSpec.BlockList(dialect, ReadLimits.standard))
