// By what files of rules and of vulnerabilities are told: a few words that no other format has in such places. Reading decides what a rule is.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<RequireQualifiedAccess>]
module internal RuleKinds =
    let private starts (line: string) (mark: string) =
        line.StartsWith(mark, StringComparison.Ordinal)

    let private isJson (head: Head) =
        let start = head.Text.TrimStart()
        start <> "" && (start[0] = '{' || start[0] = '[')

    let private has (head: Head) (part: string) =
        head.Text.Contains(part, StringComparison.Ordinal)

    /// CVE 5: a record, or a delta of cvelistV5.
    let isCve5 (head: Head) : bool =
        isJson head
        && ((has head "\"cveMetadata\"" && has head "\"cveId\"")
            || (has head "\"CVE_RECORD\"" && has head "\"containers\"")
            || (has head "\"cveOrgLink\"" && has head "\"fetchTime\""))

    /// NVD: an answer of its API, or items of one.
    let isNvd (head: Head) : bool =
        isJson head
        && (has head "\"NVD_CVE\""
            || (has head "\"sourceIdentifier\"" && has head "\"vulnStatus\""))

    // `rule NAME`, also with `private` or `global` before and a brace or tags behind, at a line's beginning.
    let private isYaraHead (line: string) =
        let words =
            line.Trim().Split([| ' '; '\t'; ':'; '{' |], StringSplitOptions.RemoveEmptyEntries)
            |> Array.skipWhile (fun word -> word = "private" || word = "global")

        words.Length >= 2
        && words[0] = "rule"
        && (Char.IsAsciiLetter((words[1])[0]) || (words[1])[0] = '_')
        && words[1]
           |> Seq.forall (fun letter -> Char.IsAsciiLetterOrDigit letter || letter = '_')

    /// YARA: a rule's head, and a condition (which may lie behind the first bytes).
    let isYara (head: Head) : bool =
        Array.exists isYaraHead head.Lines
        && (head.Lines |> Array.exists (fun line -> starts (line.Trim()) "condition:")
            || has head "condition:"
            || not head.IsWhole)

    /// Sigma: the members every rule has, at a line's beginning.
    let isSigma (head: Head) : bool =
        let any (mark: string) =
            head.Lines |> Array.exists (fun line -> starts line mark)

        any "title:"
        && ((any "detection:" && any "logsource:")
            || (any "correlation:" && any "id:")
            || (any "filter:" && any "logsource:")
            || (any "action: global" && (any "logsource:" || any "detection:")))

    let private isComment (line: string) =
        let line = line.TrimStart()
        line = "" || line[0] = '#'

    let private looksLikeRule (line: string) =
        line.TrimEnd().EndsWith ')'
        && (line.Contains("sid:", StringComparison.Ordinal)
            || line.Contains("sid :", StringComparison.Ordinal))
        && (line.Contains("(msg:", StringComparison.Ordinal)
            || line.Contains("( msg", StringComparison.Ordinal)
            || line.Contains("; msg:", StringComparison.Ordinal)
            || line.Contains(" -> ", StringComparison.Ordinal))

    // A rule over several lines is one: each of them but the last ends in a backslash.
    let private joined (lines: string[]) : string[] =
        let rules = List<string>()
        let parts = StringBuilder()

        for line in lines do
            let trimmed = line.TrimEnd()

            if trimmed.EndsWith '\\' && (parts.Length > 0 || not (isComment line)) then
                parts.Append(trimmed, 0, trimmed.Length - 1) |> ignore
            else
                rules.Add(parts.Append(line).ToString())
                parts.Clear() |> ignore

        rules.ToArray()

    // Rules most of which name no host or address: as lists of those they would be mostly lost.
    let private areCarried (head: Head) : bool =
        let rules = joined head.Lines |> Array.filter (isComment >> not)
        let written = rules |> Array.filter looksLikeRule |> Array.length

        written > 0
        && written * 10 >= rules.Length * 8
        && (let spec = ReaderSpec.BlockList(BlockListDialect.IdsRules, ReadLimits.standard)
            let _, records, _ = Judged.read spec head
            records.Length * 10 < min 400 written * 9)

    // Words that only one of the two has: Suricata's buffers have names with dots and its headers name protocols of applications; Snort 3 writes
    // `http_header:field` and `service:`, Snort 2 modifiers behind a content.
    let private ofSnort =
        [
            "; http_uri;"
            "; http_header;"
            "service:"
            "bufferlen:"
            "; file_data; content"
            "metadata:policy"
            "uricontent:"
        ]

    let private ofSuricata =
        [
            "http."
            "dns."
            "tls."
            "file."
            "ssh."
            "alert http "
            "alert dns "
            "alert tls "
            "signature_severity"
            "; startswith"
            "; endswith"
            "drop dns "
        ]

    let private votes (head: Head) (marks: string list) =
        head.Lines
        |> Array.sumBy (fun line ->
            if marks |> List.exists (fun mark -> line.Contains(mark, StringComparison.Ordinal)) then
                1
            else
                0)

    /// Suricata's rules; where nothing tells, rules are taken for its.
    let isSuricata (head: Head) : bool =
        areCarried head && votes head ofSuricata >= votes head ofSnort

    let isSnort (head: Head) : bool = areCarried head
