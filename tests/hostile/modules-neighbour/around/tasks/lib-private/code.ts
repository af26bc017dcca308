console.log("ESCAPED");
