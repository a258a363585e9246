namespace ALoRA.Onnx.Peers;

/// <summary>Answers' tokens a second of a batch.</summary>
/// <param name="Whole">From the moment when it is asked to the last token.</param>
/// <param name="Steps">Only while all rows decode; of rows that run one group after another, while a group decodes.</param>
/// <param name="First">The first token of each answer, in the order of the requests.</param>
internal readonly record struct BatchRate(double Whole, double Steps, int[] First);
