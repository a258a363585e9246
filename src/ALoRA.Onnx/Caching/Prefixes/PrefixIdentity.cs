namespace ALoRA.Onnx.Caching.Prefixes;

/// <summary>
/// Among which rows a prefix is looked for. Fields of their own, never one text of both: no scope can be mistaken for an adapter.
/// </summary>
/// <param name="Namespace">The weights that computed them.</param>
/// <param name="Scope">For whom they were computed; null for everyone who names no scope.</param>
internal sealed record PrefixIdentity(RowNamespace Namespace, string? Scope);
