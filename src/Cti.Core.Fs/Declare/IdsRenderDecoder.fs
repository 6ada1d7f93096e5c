// How renderers for sensors of network traffic are written in YAML (`render: { type: suricata_rules, … }`).
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal IdsRenderDecoder =
    let private named (what: string) (name: 'T -> string) (all: 'T array) : Literal<'T> =
        Literal.choice what (all |> Array.map (fun value -> value, name value) |> List.ofArray)

    // A class of `classification.config`.
    let private classType: Literal<string> =
        let parse (text: string) =
            if
                text.Length >= 1
                && text.Length <= 60
                && text
                   |> Seq.forall (fun letter ->
                       Char.IsAsciiLetterLower letter || Char.IsAsciiDigit letter || letter = '-')
            then
                Ok text
            else
                Error(Fault.Malformed("a class of lower-case letters, digits and hyphens", text, "`trojan-activity`"))

        Literal.pattern "classtype" "^[a-z0-9-]{1,60}$" parse id

    let private rules (protocols: RuleProtocol array) : Fields<RuleOptions> =
        block {
            let! action =
                Field.defaulted
                    "action"
                    "what a sensor does with traffic that a rule matches; drop and reject are for sensors in line"
                    (named "an action" RuleAction.name RuleAction.all)
                    RuleOptions.defaults.Action

            and! sidFrom =
                Field.defaulted
                    "sid_from"
                    "the SID of the first rule; each indicator has four SIDs of its own, for good"
                    (Literal.int "a SID" 1 1_000_000_000)
                    RuleOptions.defaults.SidFrom

            and! names =
                Field.optional
                    "names"
                    "where listed names are looked for; everywhere by default"
                    (Decode.nonEmpty "names" (Decode.literal (named "a protocol" RuleProtocol.name protocols)))

            and! classType =
                Field.defaulted
                    "classtype"
                    "a class of the sensor's classification.config"
                    classType
                    RuleOptions.defaults.ClassType

            return
                {
                    Action = action
                    SidFrom = sidFrom
                    Names = names |> Option.defaultValue (List.ofArray protocols)
                    ClassType = classType
                }
        }

    let cases: Case<RenderSpec> list =
        [
            Decode.case
                "suricata_rules"
                "Rules for Suricata 7 (a state sink)"
                (rules RuleProtocol.all |> Field.map RenderSpec.SuricataRules)
            Decode.case
                "suricata_dataset"
                "A list that a rule of Suricata looks values up in (a state sink)"
                (Field.required
                    "of"
                    "what it lists"
                    (Decode.literal (named "a dataset" DatasetKind.name DatasetKind.all))
                 |> Field.map RenderSpec.SuricataDataset)
            Decode.case
                "suricata_iprep"
                "A reputation list of Suricata: addresses and networks with a score (a state sink)"
                (Field.defaulted
                    "category"
                    "the number of the category in Suricata's categories file"
                    (Literal.int "a category" 1 59)
                    IpRepOptions.defaults.Category
                 |> Field.map (fun category -> RenderSpec.SuricataIpRep { Category = category }))
            Decode.case
                "snort_rules"
                "Rules for Snort 3 (a state sink)"
                (rules [| RuleProtocol.Dns; RuleProtocol.Http |]
                 |> Field.map RenderSpec.SnortRules)
            Decode.case
                "zeek_intel"
                "A file of Zeek's intelligence framework (a state sink)"
                (Field.none RenderSpec.ZeekIntel)
        ]
