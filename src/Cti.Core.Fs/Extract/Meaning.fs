// What the words of a report say of what follows them: labels, headings of columns and sections. Words only; knows no layout.
namespace Cti.Core

open System

/// What a label or the heading of a column announces.
[<Struct; RequireQualifiedAccess>]
type internal Meaning =
    | None
    | FileName
    | Mutex
    | UserAgent
    | Certificate
    | Ja3
    /// A hash of a kind that is no observable here (imphash, authentihash, JA3S).
    | OtherHash
    | Tlsh
    | Wallet
    /// Something that is an indicator because the label says so: `C2:`, `Value:`, `Domain`.
    | Indicator
    /// Where the report has it from, or where to read on.
    | Reference
    /// Not malicious; told for comparison.
    | Legitimate
    /// Names that products give to malware, or free text.
    | Remark

/// What a section of a report holds, as its heading says.
[<Struct; RequireQualifiedAccess>]
type internal SectionKind =
    | Neutral
    | Indicators
    | References

[<RequireQualifiedAccess>]
module internal Meaning =
    // Words with what they announce and how much they weigh against other words of the label.
    let private vocabulary: struct (Meaning * int * string) list =
        [
            struct (Meaning.Legitimate, 10, "legitimate legit benign clean")
            struct (Meaning.Mutex, 9, "mutex mutexes mutant mutants")
            struct (Meaning.UserAgent, 9, "useragent user-agent user-agents useragents publicuseragent")
            struct (Meaning.OtherHash,
                    9,
                    "imphash ja3s ja3n ja4 jarm authentihash pehash vhash permhash gimphash dhash serial")
            struct (Meaning.Ja3, 8, "ja3")
            struct (Meaning.Certificate, 7, "thumbprint thumbprints fingerprint fingerprints certificate certificates")
            struct (Meaning.Tlsh, 7, "tlsh")
            struct (Meaning.Wallet, 6, "wallet wallets bitcoin btc eth ethereum monero xmr litecoin usdt trx")
            struct (Meaning.FileName, 6, "filename filenames file-name file_name attachment attachments")
            struct (Meaning.Remark,
                    5,
                    "detection detections description details comment comments note notes method signature verdict")
            struct (Meaning.Reference,
                    4,
                    "reference references source sources tweet tweets blog blogpost link links credit credits via read report reports article writeup author guid analysis more information")
            struct (Meaning.Indicator,
                    3,
                    "c2 cnc cc c&c ioc iocs indicator indicators domain domains url urls uri uris ip ips ipv4 ipv6 host hosts hostname hostnames server servers value sha sha1 sha256 sha512 sha-1 sha-256 md5 hash hashes received from sender reply-to return-path commonname id-at-commonname email emails callback location path paths registry key address addresses download payload network port smtp")
        ]

    let private words =
        NameTable.ofTexts [ for struct (_, _, words) in vocabulary -> words ]

    let private ofWords (choose: struct (Meaning * int * string) -> 'T) : 'T[] =
        [|
            for struct (_, _, words) as entry in vocabulary do
                for _ in words.Split ' ' do
                    choose entry
        |]

    let private meanings = ofWords (fun struct (meaning, _, _) -> meaning)
    let private weights = ofWords (fun struct (_, weight, _) -> weight)

    // Pairs of words that mean what one would not: the first, the second, what and how much.
    let private firsts = NameTable.ofTexts [ "file original user import" ]

    let private seconds =
        NameTable.ofTexts [ "name names agent agents agent-string hash" ]

    let private pair (first: int) (second: int) : struct (Meaning * int) =
        match first with
        | 0
        | 1 when second = 0 || second = 1 -> struct (Meaning.FileName, 6)
        | 2 when second >= 2 && second <= 4 -> struct (Meaning.UserAgent, 9)
        | 3 when second = 5 -> struct (Meaning.OtherHash, 9)
        | _ -> struct (Meaning.None, 0)

    let private iocWords = NameTable.ofTexts [ "ioc iocs indicator indicators" ]

    let private indicatorSection =
        NameTable.ofTexts
            [
                "network hash hashes sample samples domain domains url urls ip ips c2 c&c cnc server servers infrastructure malware traffic"
                "file files filename filenames path paths registry mutex mutexes certificate certificates headers header artifact artifacts"
                "artefact artefacts payload payloads attachment attachments email emails wallets addresses sites dll stage loader backdoor"
                "dropper downloader installer"
            ]

    let private referenceSection =
        NameTable.ofTexts
            [
                "reference references links source sources reading resources credits acknowledgements acknowledgments acknowledgement related"
                "about author authors contact footnotes bibliography external detection detections mitre att&ck ttps techniques"
            ]

    let private isLetterOrDigit (value: byte) =
        Text.isLetter value || Text.isDigit value || value >= 0x80uy

    // The next word of `text` from `at` on, lower-cased into `word`; its length, and `at` behind it.
    let private nextWord (text: ReadOnlySpan<byte>) (at: byref<int>) (word: Span<byte>) : int =
        while at < text.Length && not (isLetterOrDigit text[at]) do
            at <- at + 1

        let mutable size = 0

        while at < text.Length
              && (isLetterOrDigit text[at]
                  || text[at] = '-'B
                  || text[at] = '_'B
                  || text[at] = '&'B) do
            if size < word.Length then
                word[size] <- Text.lower text[at]
                size <- size + 1

            at <- at + 1

        size

    let private longestLabel = 80

    /// What a label announces. `scratch`: 32 bytes at least.
    let ofLabel (label: ReadOnlySpan<byte>) (scratch: byte[]) : Meaning =
        let text = label.Slice(0, min label.Length longestLabel)
        let mutable best = Meaning.None
        let mutable rank = 0
        let mutable at = 0
        let mutable first = -1
        let mutable more = true

        while more do
            let size = nextWord text &at (Span<byte>(scratch, 0, 32))

            if size = 0 then
                more <- false
            else
                let word = ReadOnlySpan<byte>(scratch, 0, size)
                let index = words.IndexOf word

                if index >= 0 && weights[index] > rank then
                    best <- meanings[index]
                    rank <- weights[index]

                if first >= 0 then
                    let struct (meaning, weight) = pair first (seconds.IndexOf word)

                    if weight > rank then
                        best <- meaning
                        rank <- weight

                first <- firsts.IndexOf word

        best

    /// What the heading of a section says of what stands below it.
    let ofHeading (heading: ReadOnlySpan<byte>) (scratch: byte[]) : SectionKind =
        let mutable at = 0
        let mutable hasIoc = false
        let mutable hasIndicator = false
        let mutable hasReference = false
        let mutable more = true

        while more do
            let size = nextWord heading &at (Span<byte>(scratch, 0, 32))

            if size = 0 then
                more <- false
            else
                let word = ReadOnlySpan<byte>(scratch, 0, size)
                hasIoc <- hasIoc || iocWords.Contains word
                hasIndicator <- hasIndicator || indicatorSection.Contains word
                hasReference <- hasReference || referenceSection.Contains word

        if hasIoc then SectionKind.Indicators
        elif hasReference then SectionKind.References
        elif hasIndicator then SectionKind.Indicators
        else SectionKind.Neutral
