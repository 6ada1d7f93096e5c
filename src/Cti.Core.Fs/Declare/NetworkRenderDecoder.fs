// How renderers for firewalls, proxies and resolvers are written in YAML (`render: { type: nftables, … }`).
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal NetworkRenderDecoder =
    let private named (what: string) (name: 'T -> string) (all: 'T array) : Literal<'T> =
        Literal.choice what (all |> Array.map (fun value -> value, name value) |> List.ofArray)

    // Tables and sets: what both nft and ipset take without quotation marks.
    let private identifier (most: int) : Literal<string> =
        let inside (letter: char) =
            Char.IsAsciiLetterLower letter || Char.IsAsciiDigit letter || letter = '_'

        let parse (text: string) =
            if
                text.Length >= 1
                && text.Length <= most
                && Char.IsAsciiLetterLower text[0]
                && Seq.forall inside text
            then
                Ok text
            else
                Error(
                    Fault.Malformed(
                        $"a name of at most %d{most} lower-case letters, digits and `_`, a letter first",
                        text,
                        "`blocklist`"
                    )
                )

        Literal.pattern "name" "^[a-z][a-z0-9_]*$" parse id

    let private nftables =
        block {
            let! family =
                Field.defaulted
                    "family"
                    "of the table; `ip` holds IPv4 only, `ip6` IPv6 only"
                    (named "a family of tables" NftablesFamily.name NftablesFamily.all)
                    Nftables.defaults.Family

            and! table =
                Field.defaulted "table" "the table that holds the sets" (identifier 64) Nftables.defaults.Table

            and! set =
                Field.defaulted
                    "set"
                    "what the sets are called, before `_ipv4` and `_ipv6`"
                    (identifier 64)
                    Nftables.defaults.Set

            return
                RenderSpec.Nftables
                    {
                        Family = family
                        Table = table
                        Set = set
                    }
        }

    let private ipset =
        block {
            let! set =
                Field.defaulted
                    "set"
                    "what the sets are called, before `_ipv4` and `_ipv6`"
                    (identifier Ipset.LongestName)
                    Ipset.defaults.Set

            and! most =
                Field.defaulted
                    "max_elements"
                    "the most entries of each set; a file with more is refused whole"
                    (Literal.int "max_elements" 1 Int32.MaxValue)
                    Ipset.defaults.MaxElements

            return RenderSpec.Ipset { Set = set; MaxElements = most }
        }

    let private address: Literal<Subject> =
        let parse (text: string) =
            let example = "`192.0.2.53` or `2001:db8::53`"

            match Normalise.tryParse TypeHint.Auto text with
            | Ok subject when
                (subject.Type = ObservableType.Ipv4 || subject.Type = ObservableType.Ipv6)
                && subject.Value = text
                ->
                Ok subject
            | _ -> Error(Fault.Malformed("an address", text, example))

        Literal.pattern "address" "^[0-9a-f.:]+$" parse (fun subject -> subject.Value)

    let private unbound =
        block {
            let! answer =
                Field.noted
                    "answer"
                    "what Unbound answers for a listed name and all under it"
                    (named "an answer" UnboundAnswer.name UnboundAnswer.all)
                    UnboundAnswer.Nxdomain

            and! sinkhole =
                Field.optional
                    "sinkhole"
                    "addresses to answer with, instead of `answer`"
                    (Decode.nonEmpty "addresses" (Decode.literal address))

            return struct (answer, sinkhole)
        }
        |> Field.check (fun (struct (answer, sinkhole)) ->
            match answer, sinkhole with
            | Some _, Some _ ->
                [
                    [ Step.Key "answer" ],
                    Fault.Conflict(
                        "a listed name leads to the addresses of `sinkhole`",
                        "remove `answer`, or `sinkhole`"
                    )
                ]
            | _ -> [])
        |> Field.map (fun (struct (answer, sinkhole)) ->
            match sinkhole with
            | Some addresses -> RenderSpec.UnboundZone(UnboundAnswer.Sinkhole addresses)
            | None -> RenderSpec.UnboundZone(Option.defaultValue UnboundAnswer.Nxdomain answer))

    [<Struct; RequireQualifiedAccess>]
    type private Flavour =
        | PaloAlto
        | FortiGate
        | CheckPoint

    let private flavour =
        Literal.choice
            "a flavour"
            [
                Flavour.PaloAlto, "palo_alto"
                Flavour.FortiGate, "fortigate"
                Flavour.CheckPoint, "check_point"
            ]

    let private edl =
        block {
            let! flavour =
                Field.required "flavour" "which firewall reads it" (Decode.literal flavour)

            and! list =
                Field.noted
                    "list"
                    "what stands in it (palo_alto and fortigate, whose lists hold one kind each)"
                    (named "a kind of list" EdlList.name EdlList.all)
                    EdlList.Addresses

            and! severity =
                Field.optional
                    "severity"
                    "of every entry (check_point only); high where it is left out"
                    (Decode.literal (named "a severity" CheckPointLevel.name CheckPointLevel.all))

            return struct (flavour, list, severity)
        }
        |> Field.check (fun (struct (flavour, list, severity)) ->
            match flavour with
            | Flavour.CheckPoint ->
                [
                    if list.IsSome then
                        [ Step.Key "list" ],
                        Fault.Conflict("a feed of `check_point` holds all types together", "remove `list`")
                ]
            | Flavour.PaloAlto
            | Flavour.FortiGate ->
                [
                    if severity.IsSome then
                        [ Step.Key "severity" ],
                        Fault.Conflict("only feeds of `check_point` have a severity", "remove `severity`")
                ])
        |> Field.map (fun (struct (flavour, list, severity)) ->
            let list = Option.defaultValue EdlList.Addresses list

            match flavour with
            | Flavour.PaloAlto -> RenderSpec.Edl(EdlVendor.PaloAlto, list)
            | Flavour.FortiGate -> RenderSpec.Edl(EdlVendor.FortiGate, list)
            | Flavour.CheckPoint -> RenderSpec.CheckPointFeed(Option.defaultValue CheckPointLevel.High severity))

    let private hostList =
        Field.required "list" "what stands in it" (Decode.literal (named "a kind of list" HostList.name HostList.all))

    let cases: Case<RenderSpec> list =
        [
            Decode.case "nftables" "Sets of nftables, replaced at once (a state sink)" nftables
            Decode.case "ipset" "Sets of ipset, replaced at once (a state sink)" ipset
            Decode.case
                "hosts"
                "Names that lead nowhere, as /etc/hosts has them (a state sink)"
                (Field.defaulted
                    "address"
                    "0.0.0.0, ::, or a line for each"
                    (named "an address" HostsAddress.name HostsAddress.all)
                    HostsAddress.Both
                 |> Field.map RenderSpec.Hosts)
            Decode.case "unbound_zone" "Local zones of Unbound (a state sink)" unbound
            Decode.case "edl" "An external dynamic list for a firewall to fetch (a state sink)" edl
            Decode.case
                "squid"
                "A list for `acl … dstdomain` or `acl … dst` of Squid (a state sink)"
                (hostList |> Field.map RenderSpec.Squid)
            Decode.case
                "haproxy"
                "A list of patterns for `acl … -f` of HAProxy (a state sink)"
                (hostList |> Field.map RenderSpec.Haproxy)
            Decode.case
                "nginx"
                "A file to include into nginx's configuration (a state sink)"
                (Field.required
                    "block"
                    "where it is included"
                    (Decode.literal (named "a block" NginxBlock.name NginxBlock.all))
                 |> Field.map RenderSpec.Nginx)
        ]
