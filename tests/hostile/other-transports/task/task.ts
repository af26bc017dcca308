// What Landlock looks at is connect(2) of TCP: here are the other ways to a stream.
const SCRIPT = String.raw`
  use Socket; $| = 1;
  sub told { print "$_[0] ", ($_[1] ? "ok" : $! + 0), "\n" }
  my ($host, $port) = split /:/, "@SHUT@";
  my $there = pack_sockaddr_in($port, inet_aton($host));
  for (["tcp", SOCK_STREAM, 6], ["mptcp", SOCK_STREAM, 262], ["smc", SOCK_STREAM, 256],
      ["sctp", 5, 132], ["sctp", SOCK_STREAM, 132], ["dccp", 6, 33]) {
    my ($name, $type, $protocol) = @$_;
    my $made = socket(my $s, AF_INET, $type, $protocol);
    told($name, $made && connect($s, $there));
  }
  socket(my $s, AF_INET, SOCK_STREAM, 6) or die;
  told("fastopen", send($s, "hello", 0x20000000, $there));
  told("vsock", socket(my $v, 40, SOCK_STREAM, 0));`;

export async function main() {
  await new Deno.Command("perl", { args: ["-e", SCRIPT], stdin: "null" }).spawn().status;
}
