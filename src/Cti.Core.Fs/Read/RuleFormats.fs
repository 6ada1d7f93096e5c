// The formats whose records are whole rules: YARA, Sigma, and Suricata's and Snort's.
namespace Cti.Core

/// A file of YARA rules.
[<Sealed; AllowNullLiteral(false)>]
type YaraFormat() =
    inherit RichFormat("yara")

    override _.Reader(start) =
        DocumentReader(YaraCutter(), DocumentReader.MaxBytes, start)

/// A file of Sigma rules.
[<Sealed; AllowNullLiteral(false)>]
type SigmaFormat() =
    inherit RichFormat("sigma")

    override _.Reader(start) =
        DocumentReader(SigmaCutter(), DocumentReader.MaxBytes, start)

/// Rules of Suricata or Snort, carried as they are.
[<Sealed; AllowNullLiteral(false)>]
type CarriedRulesFormat(language: IdsLanguage) =
    inherit RichFormat("ids_rules")

    override _.Options =
        match language with
        | IdsLanguage.Suricata -> [ "take: suricata" ]
        | IdsLanguage.Snort -> [ "take: snort" ]

    override _.Reader(start) =
        LineReader(CarriedRuleCutter language, [ "#" ], LineEnd.NotBehindBackslash, ReadLimits.standard, start)

    override this.RecordReader(start) = ValueSome(this.Reader start)
