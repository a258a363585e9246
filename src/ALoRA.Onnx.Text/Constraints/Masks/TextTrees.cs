using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// The trees of a program's texts (<see cref="ClassTrie"/>): a text gets one when so many nodes of tokens' bytes were walked in it that it
/// is worth it. Not thread-safe.
/// </summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="program">The program.</param>
/// <param name="nodesBefore">Nodes that are walked in a text before it gets a tree.</param>
internal sealed class TextTrees(ConstraintVocabulary vocabulary, ByteProgram program, int nodesBefore)
{
    /// <summary>A part of what a large vocabulary has: making a tree takes about as long as a walk of all of its nodes.</summary>
    public const int UsualNodesBefore = 60_000;

    // A tree takes about a megabyte at most; the vocabulary keeps some as well, and the same ones for the same classes.
    private const int MaxTrees = 24;

    private readonly int[] _walked = new int[program.Texts.Length];
    private readonly bool[] _isTried = new bool[program.Texts.Length];
    private readonly ClassTrie?[] _trees = new ClassTrie?[program.Texts.Length];
    private int _count;

    /// <summary>The text in which a configuration reads a character, or -1.</summary>
    public int TextOf(Configuration one) => one.State < 0 ? -1 : program.States[one.State].Text;

    /// <summary>The tree of a configuration's text, if it has one.</summary>
    public ClassTrie? Of(Configuration one) => TextOf(one) is >= 0 and int text ? _trees[text] : null;

    /// <summary>Nodes that may be walked in the texts of some configurations until one of these should have a tree.</summary>
    public int NodesLeft(List<Configuration> configurations)
    {
        int left = int.MaxValue;
        foreach (Configuration one in configurations)
        {
            if (TextOf(one) is >= 0 and int text && !_isTried[text])
            {
                left = Math.Min(left, nodesBefore - _walked[text]);
            }
        }

        return left;
    }

    /// <summary>Charges the texts of some configurations with a walk.</summary>
    public void Charge(List<Configuration> configurations, int nodes)
    {
        int last = -1;
        foreach (Configuration one in configurations)
        {
            if (TextOf(one) is >= 0 and int text && text != last && !_isTried[text])
            {
                _walked[text] += Math.Min(nodes, int.MaxValue - _walked[text]);
                last = text;
            }
        }
    }

    /// <summary>Makes the trees that are worth it.</summary>
    public void Make(List<Configuration> configurations)
    {
        foreach (Configuration one in configurations)
        {
            if (TextOf(one) is >= 0 and int text && !_isTried[text] && _walked[text] >= nodesBefore)
            {
                if (_count++ == MaxTrees)
                {
                    Array.Clear(_trees);
                    Array.Clear(_isTried);
                    _count = 1;
                }

                _trees[text] = vocabulary.TreeOf(program.Texts[text]);
                _isTried[text] = true;
            }
        }
    }
}
