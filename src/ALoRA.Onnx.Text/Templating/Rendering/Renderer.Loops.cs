using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

internal sealed partial class Renderer
{
    private Flow For(ForStatement loop)
    {
        object? iterable = Evaluate(loop.Iterable);
        if (loop.Recursive)
        {
            Write(RunRecursive(loop, iterable, 0, _frame));
            return Flow.Normal;
        }

        return Run(loop, iterable, null);
    }

    /// <summary>Runs a recursive loop apart and gives its text; <c>loop(items)</c> comes here again.</summary>
    private string RunRecursive(ForStatement loop, object? iterable, int depth, Frame outerFrame)
    {
        EnterCall();
        (Frame frame, int line) = (_frame, Line);
        _frame = outerFrame;
        StringBuilder outer = BeginCapture();
        Recursion recursion = new(items => RunRecursive(loop, items, depth + 1, outerFrame), depth);
        Run(loop, iterable, recursion);
        (_frame, Line) = (frame, line);
        LeaveCall();
        return EndCapture(outer);
    }

    private Flow Run(ForStatement loop, object? iterable, Recursion? recursion)
    {
        object? items = loop.Test is null ? iterable : new IteratorValue(Filtered(loop, iterable, _frame));
        Frame frame = new(loop.BodyScope, _frame);
        LoopValue? state = loop.LoopSlot >= 0 ? new LoopValue(items, recursion, Budget) : null;
        using IEnumerator<object?>? plain = state is null ? PythonIteration.Of(items, Budget).GetEnumerator() : null;
        bool finishedPass = false;
        Frame outer = _frame;
        while (state is null ? plain!.MoveNext() : state.MoveNext())
        {
            Budget.Step();
            object? item = state is null ? plain!.Current : state.Current;
            _frame = frame;
            Start(frame);
            if (state is not null)
            {
                frame.Slots[loop.LoopSlot] = state;
            }

            Assign(loop.Target, item, frame);
            Flow flow = Execute(loop.Body);
            _frame = outer;
            if (flow == Flow.Break)
            {
                break;
            }

            finishedPass |= flow == Flow.Normal;
        }

        Array.Fill(frame.Slots, MissingValue.Instance);
        return finishedPass || loop.Else.Length == 0 ? Flow.Normal : Else(loop);
    }

    private Flow Else(ForStatement loop)
    {
        Frame frame = Enter(loop.ElseScope);
        Flow flow = Execute(loop.Else);
        Leave(frame);
        return flow;
    }

    /// <summary>The items that pass the loop's own <c>if</c>, tested one at a time while the loop runs.</summary>
    private IEnumerable<object?> Filtered(ForStatement loop, object? iterable, Frame outer)
    {
        Frame frame = new(loop.TestScope, outer);
        bool started = false;
        foreach (object? item in PythonIteration.Of(iterable, Budget))
        {
            Budget.Step();
            Frame current = _frame;
            _frame = frame;
            if (!started)
            {
                Start(frame);
                started = true;
            }

            Assign(loop.TestTarget!, item, frame);
            bool passes = PythonTruth.Of(Evaluate(loop.Test!));
            object? kept = passes ? Rebuild(loop.TestTarget!, frame) : null;
            _frame = current;
            if (passes)
            {
                yield return kept;
            }
        }
    }

    private static object? Rebuild(Expression target, Frame frame) => target switch
    {
        NameExpression name => frame.Slots[name.Slot],
        TupleExpression tuple => new TupleValue(Array.ConvertAll(tuple.Items, item => Rebuild(item, frame))),
        _ => throw TemplateFailure.Runtime("a loop's target must be names"),
    };
}
