// Rich formats say by themselves what they are: which of them the first bytes of a source show. Asked before anything is guessed.
namespace Cti.Core

[<RequireQualifiedAccess>]
module internal RichKinds =
    /// Each format and whether the first bytes are of it; more particular ones first, of several the first is taken.
    let private formats: (RichFormat * (Head -> bool)) list =
        [
            StixFormat(), StixHead.isStix
            MispFormat.Standard, MispShape.isIn
            OpenIoc.format, XmlKinds.isOpenIoc
            Stix1.format, XmlKinds.isStix1
            Cve5Format(), RuleKinds.isCve5
            NvdFormat(), RuleKinds.isNvd
            YaraFormat(), RuleKinds.isYara
            SigmaFormat(), RuleKinds.isSigma
            CarriedRulesFormat IdsLanguage.Suricata, RuleKinds.isSuricata
            CarriedRulesFormat IdsLanguage.Snort, RuleKinds.isSnort
            ReportKind.format, ReportKind.isPage
        ]

    // A mapping that asks for fields that rich formats do not have wants none of them.
    let private isFor (head: Head) : bool =
        head.Fields
        |> List.forall (fun name -> Array.contains name StandardFields.columns)

    /// The format of a head; none where it is no rich one, or where a mapping asks for fields that those do not have.
    let tryFind (head: Head) : RichFormat option =
        if isFor head then
            formats |> List.tryFind (fun (_, isIt) -> isIt head) |> Option.map fst
        else
            None

    /// The same for what fits no other reader: text for people.
    let tryFindText (head: Head) : RichFormat option =
        if isFor head && ReportKind.isText head then
            Some ReportKind.format
        else
            None

    /// What is said of a source that was taken for a format.
    let recognition (format: RichFormat) : Recognition =
        {
            Fields =
                StandardFields.columns
                |> List.ofArray
                |> List.mapi (fun index name ->
                    {
                        Name = name
                        Number = index + 1
                        Role = FieldRole.Standard
                        Evidence = ""
                    })
            Sentence = $"read as {{ type: %s{format.Name} }}; its fields are those of every rich format"
        }
