import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A listening TCP socket. */
export interface ListeningSocket {
  readonly pid: number;
  /** The command line, without the directory of the program. */
  readonly command: string;
  /** IPv4 and IPv4-mapped addresses in dotted form, other IPv6 addresses as hexadecimal digits. */
  readonly address: string;
  readonly port: number;
}

/** The state LISTEN, see https://docs.kernel.org/networking/proc_net_tcp.html */
const LISTEN = "0A";

/** The listening TCP sockets (IPv4 and IPv6) of `pid` and its descendants. Linux only. */
export function listListeningSockets(pid: number): readonly ListeningSocket[] {
  return listDescendants(pid).flatMap((id) => {
    const inodes = listSocketInodes(id);
    return ["tcp", "tcp6"].flatMap((table) =>
      readLines(`/proc/${id}/net/${table}`)
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode]) => state === LISTEN && inodes.has(inode ?? ""))
        .map(([, local = ""]) => {
          const [address = "", port = ""] = local.split(":");
          return {
            pid: id,
            command: readCommand(id),
            address: formatAddress(address),
            port: Number.parseInt(port, 16),
          };
        }),
    );
  });
}

function listDescendants(pid: number): number[] {
  const found = [pid];
  for (const parent of found) {
    // The kernel lists children per thread.
    for (const thread of list(`/proc/${parent}/task`)) {
      const children = readLines(`/proc/${parent}/task/${thread}/children`).join(" ").trim();
      found.push(...children.split(/\s+/).filter(Boolean).map(Number));
    }
  }
  return found;
}

function listSocketInodes(pid: number): ReadonlySet<string> {
  return new Set(
    list(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed after readdir.
        return [];
      }
    }),
  );
}

/** The kernel writes IPv4 addresses in host byte order; all supported platforms are little-endian. */
function formatAddress(address: string): string {
  const [, ipv4] = /^(?:0{16}FFFF0000)?([0-9A-F]{8})$/.exec(address) ?? [];
  return ipv4 === undefined ? address : [...Buffer.from(ipv4, "hex").reverse()].join(".");
}

function readCommand(pid: number): string {
  return readLines(`/proc/${pid}/cmdline`)
    .join("")
    .replaceAll("\0", " ")
    .replace(/^\S*\//, "")
    .trim();
}

/** Empty for a process or thread that has ended. */
function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
