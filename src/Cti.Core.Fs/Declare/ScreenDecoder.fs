// How it is written in YAML what is never listed.
namespace Cti.Core.Declare

[<RequireQualifiedAccess>]
module internal ScreenDecoder =
    let private paths = Decode.list Decode.path

    let private minPrefix: Decoder<struct (int * int)> =
        Decode.block (
            block {
                let! v4 =
                    Field.defaulted "ipv4" "shortest IPv4 prefix let through" (Literal.int "ipv4" 0 32) 16

                and! v6 =
                    Field.defaulted "ipv6" "shortest IPv6 prefix let through" (Literal.int "ipv6" 0 128) 32

                return struct (v4, v6)
            }
        )

    let decoder: Decoder<ScreenSettings> =
        Decode.block (
            block {
                let! lists = Field.optional "warninglists" "MISP warninglist files, as globs" paths

                and! allow =
                    Field.optional "allow" "files of values that are no news here, as globs" paths

                and! never =
                    Field.optional
                        "never"
                        "files of values that must never be blocked, nor anything that would block them along, as globs"
                        paths

                and! prefix =
                    Field.section "min_prefix" "networks broader than this are screened" minPrefix

                and! privateSpace =
                    Field.defaulted
                        "private"
                        "what happens to private and reserved addresses"
                        Words.privateSpace
                        PrivateSpace.Screen

                let struct (v4, v6) = prefix

                return
                    {
                        Warninglists = Option.defaultValue [] lists
                        Allow = Option.defaultValue [] allow
                        Never = Option.defaultValue [] never
                        MinPrefixV4 = v4
                        MinPrefixV6 = v6
                        Private = privateSpace
                    }
            }
        )
