// How the tool that reads a format checks a file of it: the command lines of `check: { type: built_in }`.
namespace Cti.Core

[<RequireQualifiedAccess>]
module FormatCheck =
    /// Where the file's name goes.
    [<Literal>]
    let File = "{file}"

    /// Where a folder's name goes that is empty and of no use afterwards.
    [<Literal>]
    let Folder = "{folder}"

    /// The program and its arguments; none where no tool checks the format. Any exit code but 0 says that the file is not usable.
    let command (spec: RenderSpec) : string list voption =
        match spec with
        // bind9-utils.
        | RenderSpec.Rpz options -> ValueSome [ "named-checkzone"; "-q"; options.Zone; File ]
        | RenderSpec.RuleFile RuleLanguage.Yara -> ValueSome [ "yarac"; File; Folder + "/compiled" ]
        | RenderSpec.SuricataRules _
        | RenderSpec.RuleFile RuleLanguage.Suricata -> ValueSome [ "suricata"; "-T"; "-S"; File; "-l"; Folder ]
        | RenderSpec.RuleFile RuleLanguage.Sigma
        | RenderSpec.RuleFile RuleLanguage.Snort
        | RenderSpec.SuricataDataset _
        | RenderSpec.SuricataIpRep _
        | RenderSpec.SnortRules _
        | RenderSpec.ZeekIntel
        | RenderSpec.StixBundle _
        | RenderSpec.PlainList
        | RenderSpec.OpenIoc _
        | RenderSpec.AttackNavigator _
        | RenderSpec.Csv _
        | RenderSpec.Ndjson
        | RenderSpec.MispEvent _
        | RenderSpec.MispFeed _ -> ValueNone
