/** One tensor of a `.safetensors` file. */
export type Layout = readonly (readonly [name: string, shape: readonly number[]])[];

/** A network of full size as its official repository lays it out. */
export interface NetworkLayout {
  readonly config: object;
  /** The file's name in that repository. */
  readonly file: string;
  readonly tensors: Layout;
}

type Entry = Layout[number];

/** openai/clip-vit-base-patch16, both towers. */
export function clipLayout(): NetworkLayout {
  const vision = { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, patch_size: 16 };
  const text = { hidden_size: 512, intermediate_size: 2048, num_attention_heads: 8, vocab_size: 49408 };
  return {
    config: { projection_dim: 512, vision_config: vision, text_config: { ...text, eos_token_id: 2 } },
    file: "model.safetensors",
    tensors: [
      ["logit_scale", []],
      ["text_model.embeddings.position_embedding.weight", [77, 512]],
      ["text_model.embeddings.token_embedding.weight", [49408, 512]],
      ...clipLayers("text_model", 512),
      ...norm("text_model.final_layer_norm", 512),
      ["text_projection.weight", [512, 512]],
      ["vision_model.embeddings.class_embedding", [768]],
      ["vision_model.embeddings.patch_embedding.weight", [768, 3, 16, 16]],
      ["vision_model.embeddings.position_embedding.weight", [197, 768]],
      ...norm("vision_model.pre_layrnorm", 768),
      ...clipLayers("vision_model", 768),
      ...norm("vision_model.post_layernorm", 768),
      ["visual_projection.weight", [512, 768]],
    ],
  };
}

/** facebook/dino-vitb16. */
export function dinoLayout(): NetworkLayout {
  const layers = times(12, (index): Entry[] => {
    const at = `encoder.layer.${index}`;
    return [
      ...norm(`${at}.layernorm_before`, 768),
      ...["query", "key", "value"].flatMap((part) => linear(`${at}.attention.attention.${part}`, 768, 768)),
      ...linear(`${at}.attention.output.dense`, 768, 768),
      ...norm(`${at}.layernorm_after`, 768),
      ...linear(`${at}.intermediate.dense`, 768, 3072),
      ...linear(`${at}.output.dense`, 3072, 768),
    ];
  });
  return {
    config: { hidden_size: 768, image_size: 224, patch_size: 16, layer_norm_eps: 1e-12, hidden_act: "gelu" },
    file: "model.safetensors",
    tensors: [
      ["embeddings.cls_token", [1, 1, 768]],
      ...convolution("embeddings.patch_embeddings.projection", 3, 768, 16),
      ["embeddings.position_embeddings", [1, 197, 768]],
      ...layers,
      ...norm("layernorm", 768),
    ],
  };
}

/** What a UNet's layers follow from. */
interface UnetShape {
  readonly widths: readonly number[];
  /** Layers of each level's transformers; 0 where it does not attend. */
  readonly depths: readonly number[];
  /** Of the middle's transformer. */
  readonly middleDepth: number;
  readonly textWidth: number;
  /** What the denoiser is told besides, as one row's width. */
  readonly addedWidth: number | null;
  readonly config: object;
}

/** stable-diffusion-v1-5/stable-diffusion-inpainting, unet/. */
export function unetLayout(): NetworkLayout {
  return unetOf({
    ...{
      widths: [320, 640, 1280, 1280],
      depths: [1, 1, 1, 0],
      middleDepth: 1,
      textWidth: 768,
      addedWidth: null,
    },
    config: { in_channels: 9, attention_head_dim: 8, cross_attention_dim: 768, sample_size: 64 },
  });
}

/** diffusers/stable-diffusion-xl-1.0-inpainting-0.1, unet/. */
export function xlUnetLayout(): NetworkLayout {
  const widths = [320, 640, 1280];
  const attending = "CrossAttnDownBlock2D";
  return unetOf({
    ...{ widths, depths: [0, 2, 10], middleDepth: 10, textWidth: 2048, addedWidth: 2816 },
    config: {
      ...{ in_channels: 9, block_out_channels: widths, attention_head_dim: [5, 10, 20], sample_size: 128 },
      down_block_types: ["DownBlock2D", attending, attending],
      up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
      ...{ transformer_layers_per_block: [1, 2, 10], use_linear_projection: true, cross_attention_dim: 2048 },
      ...{ addition_embed_type: "text_time", addition_time_embed_dim: 256 },
      projection_class_embeddings_input_dim: 2816,
    },
  });
}

function unetOf({ widths, depths, middleDepth, textWidth, addedWidth, config }: UnetShape): NetworkLayout {
  const [outer = 320] = widths;
  const inner = widths.at(-1) ?? outer;
  const time = 4 * outer;
  const isLinear = addedWidth !== null;
  const attend = (at: string, width: number, depth: number) =>
    depth === 0 ? [] : transformer(at, width, { depth, textWidth, isLinear });
  const down: Entry[] = [];
  const skips = [outer];
  let channels = outer;
  for (const [level, width] of widths.entries()) {
    const at = `down_blocks.${level}`;
    for (const layer of [0, 1]) {
      down.push(...residual(`${at}.resnets.${layer}`, channels, width, time));
      down.push(...attend(`${at}.attentions.${layer}`, width, depths[level] ?? 0));
      channels = width;
      skips.push(channels);
    }
    if (level === widths.length - 1) continue;
    down.push(...convolution(`${at}.downsamplers.0.conv`, channels, channels, 3));
    skips.push(channels);
  }
  const up: Entry[] = [];
  for (const [level, width] of widths.toReversed().entries()) {
    const at = `up_blocks.${level}`;
    for (const layer of [0, 1, 2]) {
      up.push(...residual(`${at}.resnets.${layer}`, channels + (skips.pop() ?? 0), width, time));
      up.push(...attend(`${at}.attentions.${layer}`, width, depths[widths.length - 1 - level] ?? 0));
      channels = width;
    }
    if (level < widths.length - 1) up.push(...convolution(`${at}.upsamplers.0.conv`, channels, channels, 3));
  }
  return {
    config,
    file: "diffusion_pytorch_model.safetensors",
    tensors: [
      ...convolution("conv_in", 9, outer, 3),
      ...linear("time_embedding.linear_1", outer, time),
      ...linear("time_embedding.linear_2", time, time),
      ...(addedWidth === null
        ? []
        : [
            ...linear("add_embedding.linear_1", addedWidth, time),
            ...linear("add_embedding.linear_2", time, time),
          ]),
      ...down,
      ...residual("mid_block.resnets.0", inner, inner, time),
      ...attend("mid_block.attentions.0", inner, middleDepth),
      ...residual("mid_block.resnets.1", inner, inner, time),
      ...up,
      ...norm("conv_norm_out", outer),
      ...convolution("conv_out", outer, 4, 3),
    ],
  };
}

/** The same repository's vae/, encoder and decoder; its attention has the names of old. */
export function vaeLayout(scaling?: number): NetworkLayout {
  const widths = [128, 256, 512, 512];
  const half = (name: string, layers: number, blocks: string, resample: string, from: readonly number[]) => {
    let channels = from[0] ?? 0;
    return from.flatMap((width, level): Entry[] => {
      const at = `${name}.${blocks}.${level}`;
      const resnets = times(layers, (layer) => {
        const before = channels;
        channels = width;
        return residual(`${at}.resnets.${layer}`, before, width);
      });
      return level === 3
        ? resnets
        : [...resnets, ...convolution(`${at}.${resample}.0.conv`, width, width, 3)];
    });
  };
  const middle = (at: string): Entry[] => [
    ...residual(`${at}.resnets.0`, 512, 512),
    ...norm(`${at}.attentions.0.group_norm`, 512),
    ...["query", "key", "value", "proj_attn"].flatMap((p) => linear(`${at}.attentions.0.${p}`, 512, 512)),
    ...residual(`${at}.resnets.1`, 512, 512),
  ];
  return {
    config: {
      ...{ latent_channels: 4, block_out_channels: widths, layers_per_block: 2, sample_size: 512 },
      down_block_types: widths.map(() => "DownEncoderBlock2D"),
      up_block_types: widths.map(() => "UpDecoderBlock2D"),
      ...(scaling === undefined ? {} : { scaling_factor: scaling }),
    },
    file: "diffusion_pytorch_model.safetensors",
    tensors: [
      ...convolution("encoder.conv_in", 3, 128, 3),
      ...half("encoder", 2, "down_blocks", "downsamplers", widths),
      ...middle("encoder.mid_block"),
      ...norm("encoder.conv_norm_out", 512),
      ...convolution("encoder.conv_out", 512, 8, 3),
      ...convolution("quant_conv", 8, 8, 1),
      ...convolution("post_quant_conv", 4, 4, 1),
      ...convolution("decoder.conv_in", 4, 512, 3),
      ...middle("decoder.mid_block"),
      ...half("decoder", 3, "up_blocks", "upsamplers", widths.toReversed()),
      ...norm("decoder.conv_norm_out", 128),
      ...convolution("decoder.conv_out", 128, 3, 3),
    ],
  };
}

/** The text_encoder/ of Stable Diffusion 1.5, and of XL too. */
export function textEncoderLayout(): NetworkLayout {
  return textOf({ width: 768, layers: 12, heads: 12, activation: "quick_gelu", projection: null });
}

/** The text_encoder_2/ of Stable Diffusion XL. */
export function xlTextEncoderLayout(): NetworkLayout {
  return textOf({ width: 1280, layers: 32, heads: 20, activation: "gelu", projection: 1280 });
}

interface TextShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: string;
  readonly projection: number | null;
}

function textOf({ width, layers, heads, activation, projection }: TextShape): NetworkLayout {
  const sizes = { hidden_size: width, intermediate_size: 4 * width, vocab_size: 49408 };
  const counts = { num_attention_heads: heads, num_hidden_layers: layers, max_position_embeddings: 77 };
  return {
    config: {
      ...sizes,
      ...counts,
      hidden_act: activation,
      projection_dim: projection ?? width,
      eos_token_id: 2,
    },
    file: "model.safetensors",
    tensors: [
      ["text_model.embeddings.position_embedding.weight", [77, width]],
      ["text_model.embeddings.token_embedding.weight", [49408, width]],
      ...clipLayers("text_model", width, layers),
      ...norm("text_model.final_layer_norm", width),
      ...(projection === null ? [] : ([["text_projection.weight", [projection, width]]] satisfies Entry[])),
    ],
  };
}

/** madebyollin/taesd: both halves are one list of layers, those without weights counted. */
export function tinyAutoencoderLayout(): NetworkLayout {
  const block = (at: string) => [0, 2, 4].flatMap((index) => convolution(`${at}.conv.${index}`, 64, 64, 3));
  /** A convolution between two levels has no bias. */
  const between = (at: string): Entry[] => [[`${at}.weight`, [64, 64, 3, 3]]];
  const half = (name: string, layers: readonly ((at: string) => readonly Entry[])[]) =>
    layers.flatMap((entries, index) => entries(`${name}.layers.${index}`));
  const level = [block, block, block];
  const none = () => [];
  return {
    config: { latent_channels: 4 },
    file: "diffusion_pytorch_model.safetensors",
    tensors: [
      ...half("encoder", [
        (at) => convolution(at, 3, 64, 3),
        block,
        ...[1, 2, 3].flatMap(() => [between, ...level]),
        (at) => convolution(at, 64, 4, 3),
      ]),
      ...half("decoder", [
        (at) => convolution(at, 4, 64, 3),
        none,
        ...[1, 2, 3].flatMap(() => [...level, none, between]),
        block,
        (at) => convolution(at, 64, 3, 3),
      ]),
    ],
  };
}

function clipLayers(tower: string, width: number, layers = 12): Entry[] {
  return times(layers, (index) => {
    const at = `${tower}.encoder.layers.${index}`;
    return [
      ...norm(`${at}.layer_norm1`, width),
      ...["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((p) =>
        linear(`${at}.self_attn.${p}`, width, width),
      ),
      ...norm(`${at}.layer_norm2`, width),
      ...linear(`${at}.mlp.fc1`, width, 4 * width),
      ...linear(`${at}.mlp.fc2`, 4 * width, width),
    ];
  });
}

function residual(at: string, from: number, to: number, time?: number): Entry[] {
  return [
    ...norm(`${at}.norm1`, from),
    ...convolution(`${at}.conv1`, from, to, 3),
    ...(time === undefined ? [] : linear(`${at}.time_emb_proj`, time, to)),
    ...norm(`${at}.norm2`, to),
    ...convolution(`${at}.conv2`, to, to, 3),
    ...(from === to ? [] : convolution(`${at}.conv_shortcut`, from, to, 1)),
  ];
}

function transformer(
  at: string,
  width: number,
  {
    depth,
    textWidth,
    isLinear,
  }: { readonly depth: number; readonly textWidth: number; readonly isLinear: boolean },
): Entry[] {
  const project = (name: string): Entry[] =>
    isLinear ? linear(`${at}.${name}`, width, width) : convolution(`${at}.${name}`, width, width, 1);
  const attention = (name: string, context: number): Entry[] => [
    [`${name}.to_q.weight`, [width, width]],
    [`${name}.to_k.weight`, [width, context]],
    [`${name}.to_v.weight`, [width, context]],
    ...linear(`${name}.to_out.0`, width, width),
  ];
  const blocks = times(depth, (index) => {
    const block = `${at}.transformer_blocks.${index}`;
    return [
      ...[1, 2, 3].flatMap((number) => norm(`${block}.norm${number}`, width)),
      ...attention(`${block}.attn1`, width),
      ...attention(`${block}.attn2`, textWidth),
      ...linear(`${block}.ff.net.0.proj`, width, 8 * width),
      ...linear(`${block}.ff.net.2`, 4 * width, width),
    ];
  });
  return [...norm(`${at}.norm`, width), ...project("proj_in"), ...blocks, ...project("proj_out")];
}

function norm(at: string, width: number): Entry[] {
  return [
    [`${at}.weight`, [width]],
    [`${at}.bias`, [width]],
  ];
}

function linear(at: string, from: number, to: number): Entry[] {
  return [
    [`${at}.weight`, [to, from]],
    [`${at}.bias`, [to]],
  ];
}

function convolution(at: string, from: number, to: number, kernel: number): Entry[] {
  return [
    [`${at}.weight`, [to, from, kernel, kernel]],
    [`${at}.bias`, [to]],
  ];
}

function times(count: number, entries: (index: number) => readonly Entry[]): Entry[] {
  return Array.from({ length: count }, (_, index) => entries(index)).flat();
}
