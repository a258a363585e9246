namespace ALoRA.Onnx.Export.Configuration;

/// <summary>How rotary frequencies are derived from the base.</summary>
internal enum RopeType
{
    /// <summary>theta^(-2i/d).</summary>
    Default,

    /// <summary>All frequencies divided by a factor.</summary>
    Linear,

    /// <summary>
    /// A base that grows with the length of the context beyond <c>max_position_embeddings</c>;
    /// up to there, which is as far as an export goes, the same as <see cref="Default"/>.
    /// </summary>
    Dynamic,

    /// <summary>Low frequencies divided by a factor, high ones kept, those between interpolated.</summary>
    Llama3,

    /// <summary>As <see cref="Llama3"/> with a ramp over the pairs, and a factor of cosines and sines (arXiv:2309.00071).</summary>
    Yarn,

    /// <summary>
    /// Each frequency divided by a factor of its own, of one list for short and another for long contexts (arXiv:2402.13753).
    /// </summary>
    LongRope,
}
