// node run_onnx.js MODEL INPUT N T F OUTPUT: runs an ONNX model on int8 [N,T,F] in ONNX Runtime and writes the bytes of its output.
// Without arguments: exit status 0 where the package is there, 77 where not.
let ort;
try {
  ort = require("onnxruntime-node");
} catch (error) {
  console.log("onnxruntime-node is not installed (npm install --ignore-scripts onnxruntime-node; NODE_PATH=.../node_modules)");
  process.exit(77);
}
if (process.argv.length === 2) process.exit(0);

const fs = require("fs");
const [model, input, n, t, f, output] = process.argv.slice(2);

async function run() {
  const session = await ort.InferenceSession.create(model);
  const bytes = fs.readFileSync(input);
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const feeds = { [session.inputNames[0]]: new ort.Tensor("int8", values, [Number(n), Number(t), Number(f)]) };
  const result = (await session.run(feeds))[session.outputNames[0]];
  fs.writeFileSync(output, Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength));
}

run().catch((error) => {
  console.log(String(error));
  process.exit(1);
});
