// What can be wrong with a line of a block list, with a rule, or with a record of a vulnerability. Knows the dialects' faults, not how they are found.
namespace Cti.Core

/// Why a line, a rule or a record is none of its format.
[<Struct; RequireQualifiedAccess>]
type SyntaxError =
    /// Of a hosts file: the line does not begin with an address.
    | HostsAddress
    /// Of a hosts file: an address without a name.
    | HostsName
    /// Of a dnsmasq file: neither an option nor `address=/name/…`.
    | DnsmasqOption
    /// Of an unbound file: neither an option nor a list entry.
    | UnboundOption
    /// Of a BIND file: no statement.
    | BindStatement
    /// Of a zone file: no resource record and no directive.
    | ZoneEntry
    /// Of a zone file: `$INCLUDE` and `$GENERATE` are not followed.
    | ZoneDirective
    /// Of a zone file: the owner is not below the zone.
    | ZoneOwner
    /// Of a response policy zone: the trigger is about clients of one's own network.
    | ZoneClient
    /// Of a response policy zone: the trigger's labels are no address.
    | ZoneAddress
    /// Of a browser's filter list: the filter holds only for some requests.
    | FilterCondition
    /// Of a browser's filter list: `||` without a host.
    | FilterHost
    /// Of a rule file: no `action protocol source port -> destination port ( … )`.
    | RuleHeader
    /// Of a rule file: the options are not closed on the rule's line, or one of them is no `name:value;`.
    | RuleOptions
    /// Of a rule file: hexadecimal bytes between bars that are none.
    | RuleContent
    /// Of a file of vulnerabilities: an object without a CVE id.
    | VulnerabilityRecord
    /// Of a YARA file: neither a rule nor `import` nor `include`.
    | YaraItem
    /// Of a YARA file: no name or no opening brace behind `rule`.
    | YaraHead
    /// Of a YARA file: a rule that is not closed, or has no condition.
    | YaraBody
    /// Of a YARA file: a comment that is not closed.
    | YaraComment
    /// Of a Sigma file: a document that is no mapping, or has no title.
    | SigmaDocument
    /// Of a Sigma file: a rule without `detection`, `correlation` or `filter`.
    | SigmaDetection

    /// Stable code; docs/codes.md lists them.
    member this.code =
        match this with
        | HostsAddress -> "CTI-READ-010"
        | HostsName -> "CTI-READ-011"
        | DnsmasqOption -> "CTI-READ-012"
        | UnboundOption -> "CTI-READ-013"
        | BindStatement -> "CTI-READ-014"
        | ZoneEntry -> "CTI-READ-015"
        | ZoneDirective -> "CTI-READ-016"
        | ZoneOwner -> "CTI-READ-017"
        | ZoneClient -> "CTI-READ-018"
        | ZoneAddress -> "CTI-READ-019"
        | FilterCondition -> "CTI-READ-020"
        | FilterHost -> "CTI-READ-021"
        | RuleHeader -> "CTI-READ-022"
        | RuleOptions -> "CTI-READ-023"
        | RuleContent -> "CTI-READ-024"
        | VulnerabilityRecord -> "CTI-READ-080"
        | YaraItem -> "CTI-READ-081"
        | YaraHead -> "CTI-READ-082"
        | YaraBody -> "CTI-READ-083"
        | YaraComment -> "CTI-READ-084"
        | SigmaDocument -> "CTI-READ-085"
        | SigmaDetection -> "CTI-READ-086"

    /// What is wrong, for a person.
    member this.message =
        match this with
        | HostsAddress -> "the line does not begin with an IP address, as a line of a hosts file does"
        | HostsName -> "the address has no host name behind it"
        | DnsmasqOption -> "the line is no dnsmasq option; a listed name is written `address=/name/0.0.0.0`"
        | UnboundOption ->
            "the line is no unbound option; a listed name is written `local-zone: \"name\" always_nxdomain`"
        | BindStatement -> "the line is no BIND statement; a listed name is written `zone \"name\" { … };`"
        | ZoneEntry -> "the line is no resource record: `owner [ttl] [class] type data`"
        | ZoneDirective -> "`$INCLUDE` and `$GENERATE` are not followed; publish the zone with its records written out"
        | ZoneOwner -> "the owner's name does not lie in the zone"
        | ZoneClient -> "an `rpz-client-ip` trigger names clients of a network, not what they ask for"
        | ZoneAddress -> "the trigger's labels are no address: `32.1.2.0.192.rpz-ip`"
        | FilterCondition -> "the filter holds for some requests only, so it does not say that its host is bad"
        | FilterHost -> "no host follows the `||`"
        | RuleHeader -> "the line is no rule: `action protocol source port -> destination port (options)`"
        | RuleOptions ->
            "the rule's options are not closed with `;)`; a rule goes on in the next line only where a backslash ends the line"
        | RuleContent -> "a content's bytes between `|` are not hexadecimal"
        | VulnerabilityRecord ->
            "the object is no record of a vulnerability: it has no CVE id where the format puts it (`cveMetadata.cveId`, or `cve.id` with `published`)"
        | YaraItem -> "no rule begins here: a YARA file holds `rule NAME { … }`, `import` and `include`"
        | YaraHead -> "no name and opening brace follow the word `rule`"
        | YaraBody ->
            "the rule is not closed, a text or regular expression in it is not closed on its line, a line of `meta` is no `key = value`, or it has no condition"
        | YaraComment -> "the comment that begins here is not closed; what follows it was not read"
        | SigmaDocument -> "the document is no Sigma rule: it is no mapping with a `title`"
        | SigmaDetection -> "the rule has neither `detection` nor `correlation` nor `filter`, so it matches nothing"
