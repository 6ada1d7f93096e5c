// How severe vulnerabilities are and of which kind, by CVE id: out of records of CVE 5 and of NVD 2.0. Sorted arrays; never changed once read.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<Sealed; AllowNullLiteral(false)>]
type private SeverityCollector() =
    inherit ElementCollector()

    let cve5 = Cve5Record()
    let nvd = NvdRecord()
    let scratch = Utf8Writer 64
    // Weaknesses and vectors repeat: both are held once.
    let sets = NameSetTable()
    let vectors = Dictionary<string, byte[]>()

    let vectorOf (score: ScoreChoice) (tree: JsonTree) : byte[] =
        let vector = score.Vector tree
        let text = Encoding.UTF8.GetString vector

        match vectors.TryGetValue text with
        | true, known -> known
        | _ ->
            vectors[text] <- vector
            vector

    member val Keys = List<uint64>()
    member val Facts = List<SeverityFacts>()

    override this.Take(tree) =
        let isCve5 = cve5.Read(tree, 0)
        let isRecord = isCve5 || nvd.Read(tree, 0)

        if isRecord then
            let score = if isCve5 then cve5.Score else nvd.Score
            let weaknesses = if isCve5 then cve5.Weaknesses else nvd.Weaknesses
            let updated = if isCve5 then cve5.Updated tree else nvd.Updated tree
            let id = if isCve5 then cve5.Id tree else nvd.Id tree
            let key = TableText.cveKey (tree.Text(id, scratch))
            let set = sets[sets.Add(NameSet.Of weaknesses)]

            if key <> 0UL then
                this.Keys.Add key
                this.Facts.Add(SeverityFacts(score.Score, score.Version, vectorOf score tree, set, updated))

            key <> 0UL
        else
            false

/// Scores and weaknesses by CVE id.
[<Sealed; AllowNullLiteral(false)>]
type SeverityTable private (keys: uint64[], facts: SeverityFacts[]) =
    static let belongs = "an element is no CVE record of format 5 and none of NVD's API 2.0."

    /// Reads records of one or several files: a record, an array of them, one a line, or NVD's answers. Of a CVE given twice the record that was
    /// changed last counts, of equally new ones the first.
    static member Parse(files: struct (string * byte[]) list) : Result<SeverityTable, TableError> =
        let collector = SeverityCollector()

        let read (struct (file, text): struct (string * byte[])) =
            let before = collector.Keys.Count
            let reader = VulnerabilityReader.over collector ReaderStart.beginning

            match ElementTables.read file text reader belongs with
            | Ok() when collector.Keys.Count = before -> Error(TableError.Empty file)
            | result -> result

        let rec readAll rest =
            match rest with
            | [] -> Ok()
            | file :: others -> read file |> Result.bind (fun () -> readAll others)

        readAll files
        |> Result.map (fun () ->
            let order = Array.init collector.Keys.Count id

            Array.Sort(
                order,
                Comparison(fun left right ->
                    match collector.Keys[left].CompareTo collector.Keys[right] with
                    | 0 ->
                        match compare collector.Facts[right].AsOf collector.Facts[left].AsOf with
                        | 0 -> left.CompareTo right
                        | newest -> newest
                    | order -> order)
            )

            let keys = List<uint64>(order.Length)
            let facts = List<SeverityFacts>(order.Length)

            for place in order do
                if keys.Count = 0 || keys[keys.Count - 1] <> collector.Keys[place] then
                    keys.Add collector.Keys[place]
                    facts.Add collector.Facts[place]

            SeverityTable(keys.ToArray(), facts.ToArray()))

    member _.Count = keys.Length

    /// What the records say of a CVE id; `SeverityFacts.Unknown` where none is of it.
    member _.Find(cve: ReadOnlySpan<byte>) : SeverityFacts =
        let at = Array.BinarySearch(keys, TableText.cveKey cve)
        if at < 0 then SeverityFacts.Unknown else facts[at]
