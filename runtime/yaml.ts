/**
 * YAML text -> a tree of nodes that know their places.
 *
 * The only file that imports js-yaml, and only its event parser: scalars keep their text as written
 * (`8080`, `010`, `2024-01-01`, `yes`), whoever reads a field decides what it means. Duplicate keys,
 * keys that are no text, anchors, aliases, merge keys, tags and further documents are mistakes with
 * a place. A syntax error ends the reading and is reported alone. Never quotes a value.
 */
import {
  COLLECTION_STYLE,
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from "js-yaml";
import { ConfigError, type ErrorCode, type Problem } from "../sdk/errors.ts";
import { type Place, Places } from "./places.ts";
import {
  isBlank,
  isCoreValue,
  type YamlEntry,
  type YamlNode,
  type YamlScalar,
} from "./yaml_node.ts";
import { quote } from "./report.ts";
import { LARGEST_FILE, tooLarge } from "./text_file.ts";
import { nextMark, openingOf, type TextStyle } from "./yaml_offsets.ts";
import { explainSyntax } from "./yaml_syntax.ts";

const DEEPEST = 64;

/** A file's tree (undefined if the file holds nothing) and its mistakes so far. */
export interface YamlFile {
  readonly root: YamlNode | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads one YAML document.
 *
 * @param file the name that places carry.
 * @throws {ConfigError} `yaml_syntax`, alone, if the text is no YAML; `config_unreadable` if it is
 *   over 1 MiB.
 */
export function parseYaml(text: string, file: string): YamlFile {
  const name = file.slice(file.lastIndexOf("/") + 1);
  if (text.length > LARGEST_FILE) throw tooLarge(file);
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const places = new Places(source);
  const events = parse(source);
  if (Array.isArray(events)) return new TreeBuilder(source, places, file, events).build();
  const { state, hint, offset } = explainSyntax(events, source, (start) => {
    const again = parse(start);
    return Array.isArray(again) ? undefined : again.reason;
  });
  throw failure("yaml_syntax", `cannot parse ${name}: ${state}`, hint, file, places.at(offset));
}

function parse(source: string): Event[] | { reason: string; offset: number } {
  try {
    return parseEvents(source, { maxDepth: DEEPEST });
  } catch (error) {
    // What is no YAMLException is a defect of the parser on odd input: no YAML either way.
    if (!(error instanceof YAMLException)) return { reason: "", offset: 0 };
    return { reason: error.reason, offset: error.mark?.position ?? 0 };
  }
}

function failure(code: ErrorCode, message: string, hint?: string, file = "", place?: Place) {
  return new ConfigError([{ code, message, hint, where: { file, ...place } }]);
}

const STYLES: Readonly<Record<number, TextStyle>> = {
  [SCALAR_STYLE.PLAIN]: "plain",
  [SCALAR_STYLE.SINGLE_QUOTED]: "quoted",
  [SCALAR_STYLE.DOUBLE_QUOTED]: "quoted",
};
const NAME_HINT = 'write "name: value"';

/** A plain text that goes on in a line that begins with `-`. */
const SWALLOWED_ENTRY = /[\r\n][ \t]*-[ \t\r\n]/;

type NodeEvent = Exclude<Event, { type: typeof EVENT_ID.POP | typeof EVENT_ID.DOCUMENT }>;

type Empty = Place | "-" | "?:";

class TreeBuilder {
  readonly #problems: Problem[] = [];
  #next = 0;
  /** Where the token read last ends: an empty list entry has no offset of its own. */
  #end = 0;

  constructor(
    private readonly source: string,
    private readonly places: Places,
    private readonly file: string,
    private readonly events: readonly Event[],
  ) {}

  build(): YamlFile {
    if (this.events.length === 0) return { root: undefined, problems: [] };
    this.#next++;
    const root = this.#node({ line: 1, column: 1 });
    this.#next++;
    if (this.#next < this.events.length) {
      const mark = /^(?:---|\.\.\.)/m.exec(this.source.slice(this.#end));
      this.#add(
        this.places.at(this.#end + (mark?.index ?? 0)),
        "a second document begins here",
        'remove the "---": a file holds one document',
      );
    }
    return { root, problems: this.#problems };
  }

  /** @param empty the place of a scalar that is not there, or the marks one of which stands there. */
  #node(empty: Empty): YamlNode {
    const event = this.events[this.#next++] as NodeEvent;
    if (event.type === EVENT_ID.ALIAS) {
      return { kind: "bad", place: this.#reject(event.anchorStart - 1, event.anchorEnd, "alias") };
    }
    const bad = this.#properties(event);
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event, bad, empty);
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const place = this.#token(event.start, event.start + (flow ? 1 : 0));
    const node = event.type === EVENT_ID.SEQUENCE
      ? { kind: "list" as const, place, flow, items: this.#items() }
      : { kind: "map" as const, place, flow, entries: this.#entries(flow) };
    this.#next++;
    return bad === undefined ? node : { kind: "bad", place: bad };
  }

  #scalar(event: ScalarEvent, bad: Place | undefined, empty: Empty): YamlNode {
    const style = STYLES[event.style] ?? "block";
    let place = bad;
    if (event.valueStart !== -1) {
      const start = openingOf(this.source, this.#end, event.valueStart, style);
      place = this.#token(start, event.valueEnd);
    } else if (typeof empty === "string") {
      const mark = nextMark(this.source, this.#end, empty);
      place ??= this.#token(mark, mark + 1);
    } else {
      place ??= empty;
    }
    const text = getScalarValue(this.source, event);
    if (bad === undefined && !text.isWellFormed()) {
      const state = "an escape stands for half a character (a lone surrogate)";
      this.#add(place, state, "write the character itself");
      bad = place;
    }
    if (bad !== undefined) return { kind: "bad", place: bad };
    const plain = style === "plain";
    const source = this.source.slice(event.valueStart, event.valueEnd);
    const swallows = plain && SWALLOWED_ENTRY.test(source) ? { swallows: true as const } : {};
    return { kind: "scalar", place, text, plain, ...swallows };
  }

  #items(): YamlNode[] {
    const items: YamlNode[] = [];
    while (this.events[this.#next]!.type !== EVENT_ID.POP) items.push(this.#node("-"));
    return items;
  }

  #entries(flow: boolean): YamlEntry[] {
    const entries: YamlEntry[] = [];
    const lines = new Map<string, number>();
    while (this.events[this.#next]!.type !== EVENT_ID.POP) {
      const key = this.#node("?:");
      const value = this.#node(key.place);
      if (key.kind === "bad" || !this.#isName(key)) continue;
      const before = lines.get(key.text);
      if (before !== undefined) {
        // A name alone in braces may be a piece of a value with a comma: it is not shown.
        const name = flow && isBlank(value) ? "a field" : quote(key.text);
        this.#add(key.place, `${name} is given twice, first in line ${before}`, "keep one");
        continue;
      }
      lines.set(key.text, key.place.line);
      entries.push({ key: key.text, place: key.place, value });
    }
    return entries;
  }

  #isName(key: YamlNode): key is YamlScalar {
    if (key.kind === "scalar" && key.plain && key.text === "<<") {
      this.#add(key.place, "a merge key (<<) stands here", "write the fields out");
    } else if (key.kind !== "scalar") {
      this.#add(key.place, `a ${key.kind} stands where a field's name belongs`, NAME_HINT);
    } else if (key.text === "") {
      this.#add(key.place, "a field has no name", NAME_HINT);
    } else if (isCoreValue(key)) {
      this.#add(key.place, "a field's name is a number, a boolean or null", "put it in quotes");
    } else {
      return true;
    }
    return false;
  }

  /** Reports a tag and an anchor; the place of the first if there is one. */
  #properties(event: Exclude<NodeEvent, { type: typeof EVENT_ID.ALIAS }>): Place | undefined {
    let bad: Place | undefined;
    if (event.tagStart !== -1) bad = this.#reject(event.tagStart, event.tagEnd, "tag");
    if (event.anchorStart !== -1) {
      const place = this.#reject(event.anchorStart - 1, event.anchorEnd, "anchor");
      bad ??= place;
    }
    return bad;
  }

  #reject(start: number, end: number, what: "alias" | "anchor" | "tag"): Place {
    const place = this.#token(start, end);
    const state = `"${this.source[start]}" begins an ${what}, which dicode does not know`;
    this.#add(place, state.replace("an tag", "a tag"), "put the text in quotes if it is one");
    return place;
  }

  #token(start: number, end: number): Place {
    this.#end = Math.max(this.#end, end);
    return this.places.at(start);
  }

  #add(place: Place, state: string, hint: string): void {
    const name = this.file.slice(this.file.lastIndexOf("/") + 1);
    this.#problems.push({
      code: "yaml_syntax",
      message: `cannot parse ${name}: ${state}`,
      hint,
      where: { file: this.file, ...place },
    });
  }
}
