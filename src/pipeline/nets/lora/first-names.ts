/**
 * The names that a UNet's layers have in Stable Diffusion's first code (`input_blocks.1.1` and so on,
 * https://github.com/CompVis/stable-diffusion, `ldm/modules/diffusionmodules/openaimodel.py`), by the names that they have
 * in diffusers. There a resnet, its attention and a sampler count on through all blocks, so that how far depends on the
 * network: it is read off its own layers.
 */
export function firstNamesOf(layers: Iterable<string>): Map<string, string> {
  const all = [...layers];
  const parts = partNamesIn(all);
  const names = new Map<string, string>();
  for (const layer of all) {
    const part = parts.find(([prefix]) => layer === prefix || layer.startsWith(`${prefix}.`));
    if (!part) continue;
    const rest = layer.slice(part[0].length);
    names.set(layer, part[1] + (part[0].includes(".resnets.") ? resnetRest(rest) : rest));
  }
  return names;
}

type PartName = readonly [prefix: string, firstName: string];

const loneParts: readonly PartName[] = [
  ["conv_in", "input_blocks.0.0"],
  ["time_embedding.linear_1", "time_embed.0"],
  ["time_embedding.linear_2", "time_embed.2"],
  ["add_embedding.linear_1", "label_emb.0.0"],
  ["add_embedding.linear_2", "label_emb.0.2"],
  ["mid_block.resnets.0", "middle_block.0"],
  ["mid_block.attentions.0", "middle_block.1"],
  ["mid_block.resnets.1", "middle_block.2"],
  ["conv_out", "out.2"],
];

function partNamesIn(layers: readonly string[]): PartName[] {
  const has = (prefix: string) => layers.some((layer) => layer.startsWith(`${prefix}.`));
  const parts = [...loneParts];
  /** Names a block's rows, which are numbered on from block to block; gives the number of the next row. */
  const nameRows = (block: string, firstName: string, from: number): number => {
    let row = 0;
    for (; has(`${block}.resnets.${row}`); row++) {
      parts.push([`${block}.resnets.${row}`, `${firstName}.${from + row}.0`]);
      parts.push([`${block}.attentions.${row}`, `${firstName}.${from + row}.1`]);
    }
    return from + row;
  };
  let input = 1;
  for (let block = 0; has(`down_blocks.${block}`); block++) {
    const at = `down_blocks.${block}`;
    input = nameRows(at, "input_blocks", input);
    const sampler = `${at}.downsamplers.0`;
    if (has(sampler)) parts.push([`${sampler}.conv`, `input_blocks.${input++}.0.op`]);
  }
  let output = 0;
  for (let block = 0; has(`up_blocks.${block}`); block++) {
    const at = `up_blocks.${block}`;
    output = nameRows(at, "output_blocks", output);
    // It follows the last resnet, and its attention where it has one.
    const place = has(`${at}.attentions.0`) ? 2 : 1;
    parts.push([`${at}.upsamplers.0`, `output_blocks.${output - 1}.${place}`]);
  }
  return parts;
}

const resnetParts: Readonly<Record<string, string>> = {
  conv1: "in_layers.2",
  conv2: "out_layers.3",
  time_emb_proj: "emb_layers.1",
  conv_shortcut: "skip_connection",
};

function resnetRest(rest: string): string {
  const name = rest.slice(1);
  return `.${resnetParts[name] ?? name}`;
}
