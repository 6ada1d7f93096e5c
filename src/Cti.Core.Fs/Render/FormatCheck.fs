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

    /// Where the value goes that a tool is asked for.
    [<Literal>]
    let Value = "{value}"

    // A checker that takes whole configurations only: one with the file in it is made in the folder. `$1` is the file, `$2` the folder.
    let private within (script: string) : string list =
        [ "sh"; "-c"; script; "check"; File; Folder ]

    let private squid (list: HostList) =
        let kind =
            match list with
            | HostList.Domains -> "dstdomain"
            | HostList.Addresses -> "dst"

        $"printf 'acl listed %s{kind} \"%%s\"\\nhttp_port 3128\\n' \"$1\" >\"$2/conf\" && squid -k parse -f \"$2/conf\""

    let private haproxy (list: HostList) =
        let fetch =
            match list with
            | HostList.Domains -> "hdr(host) -i"
            | HostList.Addresses -> "src"

        "printf 'defaults\\n mode http\\n timeout client 1s\\n timeout server 1s\\n timeout connect 1s\\nfrontend f\\n bind 127.0.0.1:1\\n "
        + $"http-request deny if {{ %s{fetch} -f \"%%s\" }}\\n' \"$1\" >\"$2/conf\" && haproxy -c -q -f \"$2/conf\""

    let private nginx (block: NginxBlock) =
        // As many and as long names as there may be.
        let inside =
            match block with
            | NginxBlock.Map ->
                "map_hash_max_size 1048576; map_hash_bucket_size 512; map $host $listed { hostnames; include \"%s\"; }"
            | NginxBlock.Geo -> "geo $listed { include \"%s\"; }"
            | NginxBlock.Deny -> "include \"%s\";"

        $"printf 'pid \"%%s/pid\"; error_log stderr; events {{}} http {{ access_log off; %s{inside} }}\\n' \"$2\" \"$1\" >\"$2/conf\" "
        + "&& nginx -t -q -e stderr -c \"$2/conf\""

    /// The program and its arguments; none where no tool checks the format. Any exit code but 0 says that the file is not usable.
    let command (spec: RenderSpec) : string list voption =
        match spec with
        // bind9-utils.
        | RenderSpec.Rpz options -> ValueSome [ "named-checkzone"; "-q"; options.Zone; File ]
        // Debian: clamav. It reads the database before it looks at files; there are none to look at.
        | RenderSpec.ClamAvHashes _ -> ValueSome [ "clamscan"; "--quiet"; "-d"; File; Folder ]
        // Debian: yara.
        | RenderSpec.YaraHashes
        | RenderSpec.RuleFile RuleLanguage.Yara -> ValueSome [ "yarac"; File; Folder + "/compiled" ]
        | RenderSpec.SuricataRules _
        | RenderSpec.RuleFile RuleLanguage.Suricata -> ValueSome [ "suricata"; "-T"; "-S"; File; "-l"; Folder ]
        // Against the tables that are there, which takes the right to change them.
        | RenderSpec.Nftables _ -> ValueSome [ "nft"; "-c"; "-f"; File ]
        // ipset only loads; so into a network of the checker's own, which is gone when it ends.
        | RenderSpec.Ipset _ -> ValueSome [ "unshare"; "-rn"; "ipset"; "restore"; "-f"; File ]
        | RenderSpec.UnboundZone _ -> ValueSome [ "unbound-checkconf"; File ]
        | RenderSpec.Squid list -> ValueSome(within (squid list))
        | RenderSpec.Haproxy list -> ValueSome(within (haproxy list))
        | RenderSpec.Nginx block -> ValueSome(within (nginx block))
        | RenderSpec.Hosts _
        | RenderSpec.Edl _
        | RenderSpec.CheckPointFeed _
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
        | RenderSpec.Lines _
        | RenderSpec.MispEvent _
        | RenderSpec.MispFeed _
        | RenderSpec.OsqueryPack _
        | RenderSpec.SigmaRules _
        | RenderSpec.SplunkLookup _ -> ValueNone
